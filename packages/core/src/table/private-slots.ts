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
  /** The number that was freed last: it is most often the next to be taken, and counts as taken in {@link #numbers}. −1 for none. */
  #vacant = -1
  looked = 0
  #held = false

  constructor(
    capacity: number,
    limit: number,
    kinds: Registry | undefined,
    copied?: {
      objects: (OpenObject | undefined)[]
      metadata: number[]
      generations: number[]
      numbers: NumberSet
      count: number
    },
  ) {
    this.capacity = capacity
    this.kinds = kinds
    this.limit = limit
    this.objects = copied?.objects ?? []
    this.metadata = copied?.metadata ?? []
    this.generations = copied?.generations ?? []
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
    return this.objects[handle] === undefined && handle !== this.#vacant && this.#numbers.has(handle)
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
    // No code of anybody else runs from here to the end, so no lock is taken. A hook that has run may have ended the table.
    if (this.owners === 0) return -EBADF
    const handle = this.#lowest(minimum)
    if (handle < 0) return handle
    const { objects } = this
    if (handle < objects.length) {
      objects[handle] = open
      this.metadata[handle] = metadata
      // Once for the number, and once for what it names, as `reserve` and `set` do.
      this.generations[handle] = (this.generations[handle]! + 2) | 0
    } else {
      this.#reach(handle)
      objects.push(open)
      this.metadata.push(metadata)
      this.generations.push(1)
    }
    this.count++
    if (observer !== undefined) observer.handlePlaced(this, handle, open)
    return handle
  }

  remove(handle: number): OpenObject | undefined {
    // No text may pass: it would index as a number does.
    return typeof handle === 'number' ? this.clear(handle) : undefined
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
    const handle = this.#lowest(from)
    if (handle >= 0) this.#begin(handle)
    return handle
  }

  take(handle: number): void {
    this.#settle()
    this.#numbers.add(handle)
    this.#begin(handle)
  }

  cancel(handle: number): void {
    this.#free(handle)
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
    this.#free(handle)
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
    this.#settle()
    const numbers = this.#numbers.copy()
    if (numbers.size() > this.count) {
      for (let n = numbers.next(0); n >= 0; n = numbers.next(n + 1)) if (this.objects[n] === undefined) numbers.delete(n)
    }
    // What was once in use far up is not copied for ever.
    let length = this.objects.length
    while (length > 0 && this.objects[length - 1] === undefined) length--
    return new PrivateSlots(this.capacity, this.limit, this.kinds, {
      objects: this.objects.slice(0, length),
      metadata: this.metadata.slice(0, length),
      // Any will do to begin with: they are compared within one table.
      generations: this.generations.slice(0, length),
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

  /** Takes the lowest free number at or above `from`; −EMFILE when none is below the limit. */
  #lowest(from: number): number {
    const vacant = this.#vacant
    if (vacant >= 0) {
      if (from === 0 && vacant < this.#numbers.bound && vacant < this.limit) {
        this.#vacant = -1
        return vacant
      }
      this.#settle()
    }
    const handle = from === 0 ? this.#numbers.lowestFree() : this.#numbers.lowestFreeFrom(from)
    if (handle >= this.limit) return -EMFILE
    this.#numbers.add(handle)
    return handle
  }

  /** Frees a taken number. */
  #free(handle: number): void {
    if (this.#vacant >= 0) this.#settle()
    this.#vacant = handle
  }

  /** The set of numbers says what is so. */
  #settle(): void {
    if (this.#vacant >= 0) this.#numbers.delete(this.#vacant)
    this.#vacant = -1
  }

  /** A number that was taken has a place, and counts as another one from now on. */
  #begin(handle: number): void {
    const { generations } = this
    if (handle < generations.length) generations[handle] = (generations[handle]! + 1) | 0
    this.#reach(handle + 1)
  }

  /** Makes places for all numbers below. */
  #reach(length: number): void {
    const { objects, metadata, generations } = this
    while (objects.length < length) {
      objects.push(undefined)
      metadata.push(0)
      generations.push(0)
    }
  }
}
