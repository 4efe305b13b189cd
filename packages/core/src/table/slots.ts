import { HandleError } from '../errors/handle-error.js'
import { EMFILE } from '../errors/numbers.js'
import { observer } from '../object/observer.js'
import { NumberSet } from './number-set.js'
import { CLOSE_ON_EXEC } from './metadata.js'
import type { OpenObject } from '../object/open-object.js'
import type { Kind } from '../kind/kind.js'
import type { Registry } from '../kind/registry.js'

/**
 * What stands behind the owners of one table: its slots. Reading needs no lock. Each change goes
 * through a {@link Locked}, and to have one is to hold the lock.
 *
 * A slot is *free* (its number is not taken), *reserved* (taken, no object) or *open* (taken, with an
 * object). Each open slot is one holder of its object.
 */
export class Slots {
  readonly capacity: number
  /** The kinds whose objects it takes; undefined for any. */
  readonly kinds: Registry | undefined
  /** The kind of the last object that was accepted, which need not be looked up again. */
  lastAccepted: Kind | undefined
  /** Owners that have not been disposed of. With the last one the table ends for good. */
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
  readonly #locked = new Locked(this)
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

  /** The object of an open slot, for a number of any value. */
  objectAt(handle: number): OpenObject | undefined {
    // No text may pass: it would index as a number does. What is negative, NaN or fractional indexes nothing.
    return typeof handle === 'number' && handle >= 0 && handle < this.objects.length ? this.objects[handle] : undefined
  }

  /** Whether the number is reserved: taken, but not open. */
  isReserved(handle: number): boolean {
    return this.objects[handle] === undefined && this.#numbers.has(handle)
  }

  /** The open slots from one number up to another, ascending, as they are now. */
  openHandles(first = 0, last = Infinity): number[] {
    const handles: number[] = []
    // The bits are found by 32-bit arithmetic, and nothing was ever taken from here on.
    if (first >= this.objects.length) return handles
    for (let n = this.#numbers.next(first); n >= 0 && n <= last; n = this.#numbers.next(n + 1)) {
      if (this.objects[n] !== undefined) handles.push(n)
    }
    return handles
  }

  /** Takes the lock. In a table of one thread it is free whenever it can be asked for. */
  lock(): Locked {
    // No code of anybody else runs between lock and unlock, so a held lock is a defect of this package.
    if (this.#held) throw new HandleError('EDEADLK', { text: 'the table was entered again under its own lock' })
    this.#held = true
    return this.#locked
  }

  /** Only {@link Locked} calls it. */
  unlock(): void {
    this.#held = false
  }

  /** Only {@link Locked} calls it. */
  get numbers(): NumberSet {
    return this.#numbers
  }
}

/**
 * The changes of a table, for whoever holds its lock. None of them runs a hook or throws: what falls
 * out of a slot is returned, and whoever asked releases it after {@link unlock}.
 */
class Locked {
  readonly #slots: Slots

  constructor(slots: Slots) {
    this.#slots = slots
  }

  unlock(): void {
    this.#slots.unlock()
  }

  /** Takes the lowest free number at or above `from` and leaves it reserved; −EMFILE when none is below the limit. */
  reserve(from: number): number {
    const slots = this.#slots
    const handle = from === 0 ? slots.numbers.lowestFree() : slots.numbers.lowestFreeFrom(from)
    if (handle >= slots.limit) return -EMFILE
    this.take(handle)
    return handle
  }

  /** Takes a free number and leaves it reserved. */
  take(handle: number): void {
    const { objects, metadata, generations, numbers } = this.#slots
    numbers.add(handle)
    if (handle < generations.length) generations[handle] = ((generations[handle] as number) + 1) | 0
    while (objects.length <= handle) {
      objects.push(undefined)
      metadata.push(0)
      generations.push(0)
    }
  }

  /** Frees a reserved number. */
  cancel(handle: number): void {
    this.#slots.numbers.delete(handle)
  }

  /** Opens a reserved slot, or gives an open one another object: the one that fell out is returned. */
  set(handle: number, open: OpenObject, metadata: number): OpenObject | undefined {
    const slots = this.#slots
    const old = slots.objects[handle]
    slots.objects[handle] = open
    slots.metadata[handle] = metadata
    slots.generations[handle] = ((slots.generations[handle] as number) + 1) | 0
    if (old === undefined) slots.count++
    if (observer !== undefined) {
      if (old !== undefined) observer.handleEnded(slots, handle)
      observer.handlePlaced(slots, handle)
    }
    return old
  }

  /** Frees an open slot: the object that fell out is returned. */
  clear(handle: number): OpenObject {
    const slots = this.#slots
    const open = slots.objects[handle] as OpenObject
    slots.objects[handle] = undefined
    slots.numbers.delete(handle)
    slots.count--
    if (observer !== undefined) observer.handleEnded(slots, handle)
    return open
  }

  /** Replaces the packed metadata of an open slot. */
  setMetadata(handle: number, metadata: number): void {
    this.#slots.metadata[handle] = metadata
  }

  /** Sets or clears close-on-exec of an open slot. */
  setCloseOnExec(handle: number, on: boolean): void {
    const old = this.#slots.metadata[handle] as number
    this.setMetadata(handle, on ? old | CLOSE_ON_EXEC : old & ~CLOSE_ON_EXEC)
  }

  /** Frees all open slots in a range that pass a test: the objects that fell out are returned. */
  clearRange(first: number, last: number, passes: (metadata: number) => boolean): OpenObject[] {
    const slots = this.#slots
    return slots
      .openHandles(first, last)
      .filter((handle) => passes(slots.metadata[handle] as number))
      .map((handle) => this.clear(handle))
  }

  /** A copy with the same open slots, the reserved ones free. The copy holds nothing yet. */
  copy(): Slots {
    const slots = this.#slots
    const numbers = slots.numbers.copy()
    for (let n = numbers.next(0); n >= 0; n = numbers.next(n + 1)) if (slots.objects[n] === undefined) numbers.delete(n)
    // What was once in use far up is not copied for ever.
    let length = slots.objects.length
    while (length > 0 && slots.objects[length - 1] === undefined) length--
    return new Slots(slots.capacity, slots.limit, slots.kinds, {
      objects: slots.objects.slice(0, length),
      metadata: slots.metadata.slice(0, length),
      numbers,
      count: slots.count,
    })
  }

  /** Moves the limit. */
  setLimit(limit: number): void {
    this.#slots.limit = limit
  }

  /** One owner more, if the table has one. */
  addOwner(): boolean {
    if (this.#slots.owners === 0) return false
    this.#slots.owners++
    return true
  }

  /** One owner less: true when it was the last. */
  dropOwner(): boolean {
    return --this.#slots.owners === 0
  }
}

export type { Locked }
