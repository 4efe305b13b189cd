import { dropReference, ignoringErrors, OpenObject, tellOfDrop } from './open-object.js'
import type { Kind } from '../kind/kind.js'

/** An open object of one thread: its counts are plain numbers. */
export class PrivateObject<S = unknown> extends OpenObject<S> {
  status: number
  holders = 1
  references = 1
  inferred = -1
  released = false
  /** Operations that wait. */
  operations = 0
  /** Last holders that went while an operation waited; their hook runs when it ends. */
  owedDrops = 0

  constructor(kind: Kind<S>, state: S, access: number, status: number) {
    super(++lastId, kind, state, access)
    this.status = status
  }

  /** Here `uses` counts the references too: the object is released when there is neither one nor a borrow. */
  count(holders: number, references: number): number {
    this.references += references
    const left = (this.holders += holders)
    if (references !== 0 && (this.uses += references) === 0) this.releaseUnused()
    return left
  }

  endBorrow(): void {
    if (--this.uses === 0) this.releaseUnused()
  }

  get isLent(): boolean {
    return this.uses !== this.references
  }

  /** Has the kind release the object, once. */
  releaseUnused(): void {
    if (this.released) return
    this.released = true
    this.kind.release?.(this)
  }

  beginOperation(): void {
    this.count(0, 1)
    this.operations++
  }

  endOperation(): void {
    this.operations--
    for (; this.operations === 0 && this.owedDrops > 0; this.owedDrops--) ignoringErrors(tellOfDrop, this)
    ignoringErrors(dropReference, this)
  }

  toldOfDrop(): void {
    // Nobody else would tell it.
  }

  owesDrop(): boolean {
    if (this.operations === 0) return false
    this.owedDrops++
    return true
  }
}

let lastId = 0
