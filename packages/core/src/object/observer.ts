import type { OpenObject } from './open-object.js'

/** Is told where references and handles begin and end. Only `@ht/core/debug` sets one. */
export interface Observer {
  referenceMade(reference: object, open: OpenObject): void
  referenceEnded(reference: object): void
  /** A number of a table came to name an object. */
  handlePlaced(slots: object, handle: number, open: OpenObject): void
  handleEnded(slots: object, handle: number): void
  /** A `HandleTable` came to own a table, or no longer does. */
  ownerMade(owner: object): void
  ownerEnded(owner: object): void
}

/** The observer of this copy of core; undefined unless somebody debugs. */
export let observer: Observer | undefined

/** Sets or clears the observer. */
export function observe(next: Observer | undefined): void {
  observer = next
}
