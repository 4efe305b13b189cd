import { HandleError } from '../errors/handle-error.js'
import { EBADF, EMFILE } from '../errors/numbers.js'
import { observer } from '../object/observer.js'
import { copySlots } from './copy.js'
import { CLOSE_ON_EXEC, HANDLE_BITS } from './metadata.js'
import { NumberSet } from './number-set.js'
import type { Kind } from '../kind/kind.js'
import type { Registry } from '../kind/registry.js'
import type { OpenObject } from '../object/open-object.js'
import type { Locked, Slots } from './slots.js'

/**
 * The slots of a table of one thread: no atomic operation, and a lock that is free whenever it can be asked for. Who
 * holds it has this very object, by another type.
 */
export class PrivateSlots implements Slots, Locked {
  readonly capacity: number
  /** The kinds whose objects it takes; undefined for any. */
  readonly kinds: Registry | undefined
  /** The kind of the last object that was accepted, which need not be looked up again. */
  lastAccepted: Kind | undefined
  /** Owners that have not been disposed of. */
  owners = 1
  /** New placements must stay below. From 0 to the capacity. */
  limit: number
  /** How many slots are open. */
  count = 0
  /** Of each number that was ever taken: its object, or undefined while it is free or reserved. */
  readonly objects: (OpenObject | undefined)[]
  /** Of each such number: metadata, packed. */
  readonly metadata: number[]
  /** Of each such number: how often it was reserved, or came to name something new. */
  readonly generations: number[]
  readonly #numbers: NumberSet
  looked = 0
  #held = false

  constructor(
    capacity: number,
    limit: number,
    kinds: Registry | undefined,
    copied?: { objects: (OpenObject | undefined)[]; metadata: number[]; numbers: NumberSet; count: number },
  ) {
    this.capacity = capacity
    this.kinds = kinds
    this.limit = limit
    this.objects = copied?.objects ?? []
    this.metadata = copied?.metadata ?? []
    this.generations = copied?.objects.map(() => 0) ?? []
    this.#numbers = copied?.numbers ?? new NumberSet(capacity)
    this.count = copied?.count ?? 0
  }

  countOwners(): number {
    return this.owners
  }

  isOpen(handle: number): boolean {
    return this.objectAt(handle) !== undefined
  }

  borrowAt(handle: number, mode: number): OpenObject | undefined {
    const open = this.objectAt(handle)
    if (open === undefined || ((this.looked = this.metadata[handle]!) & mode) !== mode) return undefined
    open.uses++
    return open
  }

  referenceAt(handle: number, mode: number): OpenObject | undefined {
    const open = this.objectAt(handle)
    if (open === undefined || ((this.looked = this.metadata[handle]!) & mode) !== mode) return undefined
    open.count(0, 1)
    return open
  }

  lookAt(handle: number): OpenObject | undefined {
    return this.borrowAt(handle, 0)
  }

  bitsAt(handle: number): number {
    return this.objectAt(handle) === undefined ? -1 : this.metadata[handle]! & HANDLE_BITS
  }

  metadataAt(handle: number): number {
    return this.metadata[handle]!
  }

  generationAt(handle: number): number {
    return this.generations[handle]!
  }

  isReserved(handle: number): boolean {
    return this.objects[handle] === undefined && this.#numbers.has(handle)
  }

  openHandles(first = 0, last = Infinity): number[] {
    const handles: number[] = []
    // The bits are found by 32-bit arithmetic, and nothing was ever taken from here on.
    if (first >= this.objects.length) return handles
    for (let n = this.#numbers.next(first); n >= 0 && n <= last; n = this.#numbers.next(n + 1)) {
      if (this.objects[n] !== undefined) handles.push(n)
    }
    return handles
  }

  admit(open: OpenObject): OpenObject {
    return open
  }

  place(open: OpenObject, minimum: number, metadata: number): number {
    this.lock()
    // Hooks have run since the table was looked at, and one may have ended it.
    const handle = this.owners === 0 ? -EBADF : this.reserve(minimum)
    if (handle >= 0) this.set(handle, open, metadata)
    this.unlock()
    return handle
  }

  remove(handle: number): OpenObject | undefined {
    this.lock()
    // No text may pass: it would index as a number does.
    const open = typeof handle === 'number' ? this.clear(handle) : undefined
    this.unlock()
    return open
  }

  lock(): this {
    // No code of anybody else runs between lock and unlock, so a held lock is a defect of this package.
    if (this.#held) throw new HandleError('EDEADLK', { text: 'the table was entered again under its own lock' })
    this.#held = true
    return this
  }

  copy(): PrivateSlots {
    return copySlots(this)
  }

  end(): void {
    // It is nothing but JavaScript's memory.
  }

  unlock(): void {
    this.#held = false
  }

  reserve(from: number): number {
    const handle = from === 0 ? this.#numbers.lowestFree() : this.#numbers.lowestFreeFrom(from)
    if (handle >= this.limit) return -EMFILE
    this.take(handle)
    return handle
  }

  take(handle: number): void {
    const { objects, metadata, generations } = this
    this.#numbers.add(handle)
    if (handle < generations.length) generations[handle] = (generations[handle]! + 1) | 0
    while (objects.length <= handle) {
      objects.push(undefined)
      metadata.push(0)
      generations.push(0)
    }
  }

  cancel(handle: number): void {
    this.#numbers.delete(handle)
  }

  set(handle: number, open: OpenObject, metadata: number): OpenObject | undefined {
    const old = this.objects[handle]
    this.objects[handle] = open
    this.metadata[handle] = metadata
    this.generations[handle] = (this.generations[handle]! + 1) | 0
    if (old === undefined) this.count++
    if (observer !== undefined) {
      if (old !== undefined) observer.handleEnded(this, handle)
      observer.handlePlaced(this, handle, open)
    }
    return old
  }

  clear(handle: number): OpenObject | undefined {
    const open = this.objects[handle]
    if (open === undefined) return undefined
    this.objects[handle] = undefined
    this.#numbers.delete(handle)
    this.count--
    if (observer !== undefined) observer.handleEnded(this, handle)
    return open
  }

  setMetadata(handle: number, metadata: number): void {
    this.metadata[handle] = metadata
  }

  setCloseOnExec(handle: number, on: boolean): void {
    const old = this.metadata[handle]!
    this.setMetadata(handle, on ? old | CLOSE_ON_EXEC : old & ~CLOSE_ON_EXEC)
  }

  clearRange(first: number, last: number, passes: (metadata: number) => boolean): OpenObject[] {
    return this.openHandles(first, last)
      .filter((handle) => passes(this.metadata[handle]!))
      .map((handle) => this.clear(handle)!)
  }

  /** Under the lock: a copy with the same open slots, the reserved ones free. The copy holds nothing yet. */
  copyHeld(): PrivateSlots {
    const numbers = this.#numbers.copy()
    for (let n = numbers.next(0); n >= 0; n = numbers.next(n + 1)) if (this.objects[n] === undefined) numbers.delete(n)
    // What was once in use far up is not copied for ever.
    let length = this.objects.length
    while (length > 0 && this.objects[length - 1] === undefined) length--
    return new PrivateSlots(this.capacity, this.limit, this.kinds, {
      objects: this.objects.slice(0, length),
      metadata: this.metadata.slice(0, length),
      numbers,
      count: this.count,
    })
  }

  setLimit(limit: number): void {
    this.limit = limit
  }

  addOwner(): boolean {
    if (this.owners === 0) return false
    this.owners++
    return true
  }

  dropOwner(): boolean {
    return --this.owners === 0
  }

  objectAt(handle: number): OpenObject | undefined {
    // No text may pass: it would index as a number does. What is negative, NaN or fractional indexes nothing.
    return typeof handle === 'number' && handle >= 0 && handle < this.objects.length ? this.objects[handle] : undefined
  }
}
