import { EMFILE } from '../../errors/numbers.js'
import { observer } from '../../object/observer.js'
import { CLOSE_ON_EXEC, ROLE_SHIFT } from '../../table/metadata.js'
import {
  HOLDER,
  REFERENCE,
  SLOT_BITS,
  SLOT_FREE,
  SLOT_GENERATION,
  SLOT_RECORD,
  SLOT_ROLES,
  SLOT_TURN,
  SLOT_WORDS,
  TABLE_LIMIT,
  TABLE_LOCK,
  TABLE_OPEN,
  TABLE_OWNERS,
  TABLE_TAKEN,
} from '../words/layout.js'
import { release } from '../words/lock.js'
import { objectAt } from '../objects/object-at.js'
import { pause } from '../words/pause.js'
import { roleHere, roleThere } from '../words/roles.js'
import type { OpenObject } from '../../object/open-object.js'
import type { NumberSet } from '../../table/number-set.js'
import type { Locked } from '../../table/slots.js'
import type { SharedObject } from '../objects/shared-object.js'
import type { OwnTable, SharedMemory } from '../thread/memory.js'

/** A table in shared memory, as what changes it sees it. */
export interface LockableTable extends OwnTable {
  readonly memory: SharedMemory
  /** The address of its first slot. */
  readonly slotsAt: number
  /** The set of its numbers, which is to be used under its lock. */
  readonly numbers: NumberSet
  /** Whether this thread holds its lock. */
  readonly isLocked: boolean
  /** Whether a value is a number that the table can have. */
  isInside(handle: number): boolean
}

/**
 * The changes of a table in shared memory, for the thread that holds its lock: each is one atomic step, the word of the slot,
 * and plain steps around it that can be made again.
 */
export class SharedLocked implements Locked {
  readonly #slots: LockableTable

  constructor(slots: LockableTable) {
    this.#slots = slots
  }

  unlock(): void {
    const { memory, at, isLocked } = this.#slots
    if (isLocked) release(memory, at + TABLE_LOCK)
  }

  reserve(from: number): number {
    const slots = this.#slots
    const { words } = slots.memory
    const handle = from === 0 ? slots.numbers.lowestFree() : slots.numbers.lowestFreeFrom(from)
    if (handle >= words[slots.at + TABLE_LIMIT]!) return -EMFILE
    this.take(handle)
    return handle
  }

  take(handle: number): void {
    const { memory, at, slotsAt, numbers } = this.#slots
    const { words } = memory
    const slot = slotsAt + handle * SLOT_WORDS
    // Before it is taken: a thread that makes a table anew looks at the slots below this.
    if (handle >= words[at + TABLE_TAKEN]!) words[at + TABLE_TAKEN] = handle + 1
    words[slot + SLOT_GENERATION] = (words[slot + SLOT_GENERATION]! + 1) | 0
    Atomics.store(words, slot, -memory.self)
    PAUSE: pause('take: reserved')
    numbers.add(handle)
  }

  cancel(handle: number): void {
    const { memory, owners, slotsAt, numbers } = this.#slots
    if (owners === 0) return
    Atomics.store(memory.words, slotsAt + handle * SLOT_WORDS, SLOT_FREE)
    numbers.delete(handle)
  }

  set(handle: number, open: OpenObject, metadata: number): OpenObject | undefined {
    const slots = this.#slots
    const { memory, at, slotsAt } = slots
    const { words } = memory
    const slot = slotsAt + handle * SLOT_WORDS
    const before = words[slot]!
    const old = before > SLOT_FREE ? objectAt(memory, before & SLOT_RECORD) : undefined
    const { record, row } = admitted(open)
    const oldRow = old?.row
    const word = record | (metadata & SLOT_BITS) | (old === undefined ? 0 : ~before & SLOT_TURN)
    // Of the old object, if there is one, the role stands in the other word.
    words[roleOf(slot, word)] = roleThere(memory, metadata) >> ROLE_SHIFT
    words[slot + SLOT_GENERATION] = (words[slot + SLOT_GENERATION]! + 1) | 0
    PAUSE: pause('set: about to')
    Atomics.store(words, slot, word)
    // The table has one holder of this thread's now, and its reference; what fell out is this thread's.
    words[row] = words[row]! - HOLDER - REFERENCE
    if (oldRow === undefined) words[at + TABLE_OPEN] = words[at + TABLE_OPEN]! + 1
    else words[oldRow] = words[oldRow]! + HOLDER + REFERENCE
    PAUSE: pause('set: done')
    if (observer !== undefined) {
      if (old !== undefined) observer.handleEnded(slots, handle)
      observer.handlePlaced(slots, handle, open)
    }
    return old
  }

  clear(handle: number): SharedObject | undefined {
    const slots = this.#slots
    if (!slots.isInside(handle)) return undefined
    const { memory, at, slotsAt, numbers } = slots
    const { words } = memory
    const slot = slotsAt + handle * SLOT_WORDS
    const word = words[slot]!
    if (word <= SLOT_FREE) return undefined
    const open = objectAt(memory, word & SLOT_RECORD)
    const { row } = open
    PAUSE: pause('clear: about to')
    Atomics.store(words, slot, SLOT_FREE)
    // The slot's holder, and its reference, are this thread's now.
    words[row] = words[row]! + HOLDER + REFERENCE
    words[at + TABLE_OPEN] = words[at + TABLE_OPEN]! - 1
    numbers.delete(handle)
    PAUSE: pause('clear: done')
    if (observer !== undefined) observer.handleEnded(slots, handle)
    return open
  }

  objectAt(handle: number): SharedObject | undefined {
    const { memory, slotsAt } = this.#slots
    if (!this.#slots.isInside(handle)) return undefined
    const word = memory.words[slotsAt + handle * SLOT_WORDS]!
    return word > SLOT_FREE ? objectAt(memory, word & SLOT_RECORD) : undefined
  }

  metadataAt(handle: number): number {
    const { memory, slotsAt } = this.#slots
    const slot = slotsAt + handle * SLOT_WORDS
    const word = memory.words[slot]!
    return roleHere(memory, (word & SLOT_BITS) | (memory.words[roleOf(slot, word)]! << ROLE_SHIFT))
  }

  setMetadata(handle: number, metadata: number): void {
    const { memory, slotsAt } = this.#slots
    const { words } = memory
    const slot = slotsAt + handle * SLOT_WORDS
    const before = words[slot]!
    const word = (before & SLOT_RECORD) | (metadata & SLOT_BITS) | (~before & SLOT_TURN)
    words[roleOf(slot, word)] = roleThere(memory, metadata) >> ROLE_SHIFT
    PAUSE: pause('metadata: about to')
    Atomics.store(words, slot, word)
  }

  setCloseOnExec(handle: number, on: boolean): void {
    const { memory, slotsAt } = this.#slots
    const slot = slotsAt + handle * SLOT_WORDS
    const word = memory.words[slot]!
    PAUSE: pause('metadata: about to')
    Atomics.store(memory.words, slot, on ? word | CLOSE_ON_EXEC : word & ~CLOSE_ON_EXEC)
  }

  clearRange(first: number, last: number, passes: (metadata: number) => boolean): OpenObject[] {
    const slots = this.#slots
    const fallen: OpenObject[] = []
    if (slots.owners === 0) return fallen
    for (const handle of slots.openHandles(first, last)) {
      const open = passes(slots.bitsAt(handle)) ? this.clear(handle) : undefined
      if (open !== undefined) fallen.push(open)
    }
    return fallen
  }

  setLimit(limit: number): void {
    Atomics.store(this.#slots.memory.words, this.#slots.at + TABLE_LIMIT, limit)
  }

  addOwner(): boolean {
    const slots = this.#slots
    const { memory, at } = slots
    if (slots.countOwners() === 0) return false
    // A view is one owner, and not counted: what is made of it has slots of its own.
    if (!slots.isView) slots.owners++
    memory.words[at + TABLE_OWNERS + memory.thread] = memory.words[at + TABLE_OWNERS + memory.thread]! + 1
    return true
  }

  dropOwner(): boolean {
    const slots = this.#slots
    const { memory, at } = slots
    if (slots.owners === 0) return false
    if (slots.isView && slots.owners === 1) {
      slots.owners = 0
      memory.tables.delete(slots)
      return false
    }
    memory.words[at + TABLE_OWNERS + memory.thread] = memory.words[at + TABLE_OWNERS + memory.thread]! - 1
    // The last one still has to close what is in it.
    if (slots.countOwners() === 0) return true
    if (slots.owners === 1) {
      if (memory.words[at + TABLE_OWNERS + memory.thread] === 0) this.#cancelAll()
      // Without an owner here, its address may come to be another table's.
      memory.tables.delete(slots)
    }
    slots.owners--
    return false
  }

  /** Frees what this thread has reserved: nobody could fill it, or cancel it, without an owner here. */
  #cancelAll(): void {
    const { memory, at, slotsAt } = this.#slots
    const { words, self } = memory
    for (let handle = 0; handle < words[at + TABLE_TAKEN]!; handle++) {
      const slot = slotsAt + handle * SLOT_WORDS
      if (words[slot] === -self) this.cancel(handle)
    }
  }
}

/** Where the role of a handle stands whose slot has this word. */
export function roleOf(slot: number, word: number): number {
  return slot + SLOT_ROLES + ((word & SLOT_TURN) === 0 ? 0 : 1)
}

/** An object that `admit` has let into the table. */
export function admitted(open: OpenObject): SharedObject {
  return open as unknown as SharedObject
}
