import type { HandleTable } from '../table/handle-table.js'
import type { Reference } from './kernel-object.js'
import type { OpenObject } from './open-object.js'

/** Is told where references and handles begin and end. Only `@ht/core/debug` sets one. */
export interface Observer {
  referenceMade(reference: Reference): void
  referenceEnded(reference: Reference): void
  /** A number of a table came to name an object. */
  handlePlaced(slots: object, handle: number, open: OpenObject): void
  handleEnded(slots: object, handle: number): void
  ownerMade(owner: HandleTable): void
  ownerEnded(owner: HandleTable): void
}

/** The observer of this copy of core; undefined unless somebody debugs. */
export let observer: Observer | undefined

/** Sets or clears the observer. */
export function observe(next: Observer | undefined): void {
  observer = next
}
