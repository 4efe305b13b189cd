import { HandleError } from '../errors/handle-error.js'
import { EBADF, EMFILE } from '../errors/numbers.js'
import { observer } from '../object/observer.js'
import { addHolder, dropReference, ignoringErrors, type OpenObject } from '../object/open-object.js'
import { releaseQuietly } from '../table/release.js'
import { canProtect, protect } from './hazards.js'
import { FULL_AND_RING, RING } from './hot/hot.js'
import { admitPrivate } from './homed-object.js'
import {
  MAX_THREADS,
  REFERENCE,
  SLOT_GENERATION,
  SLOT_METADATA,
  SLOT_RESERVED,
  SLOT_WORDS,
  TABLE_CAPACITY,
  TABLE_ID,
  TABLE_LIMIT,
  TABLE_LOCK,
  TABLE_OPEN,
  TABLE_OWNERS,
  TABLE_SLOTS,
  TABLE_TAKEN,
} from './layout.js'
import { acquire, notifyLock } from './lock.js'
import { isHeld, pause } from './pause.js'
import { roleHere, roleThere } from './roles.js'
import { objectAt } from './object-at.js'
import { SharedLocked, sharedOf } from './shared-locked.js'
import { SharedObject, tryRetain } from './shared-object.js'
import { endTable, makeTable, numbersOf } from './tables.js'
import type { Kind } from '../kind/kind.js'
import type { Registry } from '../kind/registry.js'
import type { NumberSet } from '../table/number-set.js'
import type { Slots } from '../table/slots.js'
import type { SharedMemory } from './memory.js'

/**
 * The slots of a table in shared memory, as one thread sees them.
 *
 * What counts is the word of each slot: free, reserved, or the record of its object. It is changed under the
 * table's lock, by one atomic step for each change, and whatever else there is (the set of numbers, the number of
 * open slots) can be made anew from these words when a thread has died half way.
 */
export class SharedSlots implements Slots {
  readonly memory: SharedMemory
  readonly at: number
  /** Which table it is: its memory may be another one's once it has ended. */
  readonly id: number
  readonly capacity: number
  readonly kinds: Registry | undefined
  lastAccepted: Kind | undefined
  readonly objects: readonly OpenObject[] = []
  /** Owners in this thread. The table's words are this thread's to use while there is one. */
  owners = 1
  /** Whether this thread holds the table's lock. */
  isLocked = false
  readonly slotsAt: number
  readonly numbers: NumberSet
  readonly #locked = new SharedLocked(this)

  /** Whether the first of the owners here only uses what another thread owns for it, and is not counted. */
  readonly isView: boolean

  constructor(memory: SharedMemory, at: number, kinds: Registry | undefined, isView = false) {
    this.memory = memory
    this.at = at
    this.kinds = kinds
    this.isView = isView
    this.id = memory.words[at + TABLE_ID] as number
    this.capacity = memory.words[at + TABLE_CAPACITY] as number
    this.slotsAt = at + (memory.words[at + TABLE_SLOTS] as number)
    this.numbers = numbersOf(memory, at)
    memory.tables.add(this)
  }

  get limit(): number {
    return Atomics.load(this.memory.words, this.at + TABLE_LIMIT)
  }

  get count(): number {
    return Atomics.load(this.memory.words, this.at + TABLE_OPEN)
  }

  isOpen(handle: number): boolean {
    return this.isInside(handle) && Atomics.load(this.memory.words, this.slotsAt + handle * SLOT_WORDS) > SLOT_RESERVED
  }

  borrowAt(handle: number): OpenObject | undefined {
    if (!this.isInside(handle)) return undefined
    const { memory } = this
    const { hazards } = memory
    let { hot } = memory
    PAUSE: if (isHeld()) hot = undefined
    if (hot === undefined || hazards >= memory.hazardsUsed) return this.#borrowInSteps(handle)
    const record = hot.borrow(this.slotsAt + handle * SLOT_WORDS, memory.hazardsAt + hazards)
    if (record > SLOT_RESERVED) {
      memory.hazards = hazards + 1
      return objectAt(memory, record)
    }
    return record < 0 ? this.#borrowInSteps(handle) : undefined
  }

  referenceAt(handle: number): OpenObject | undefined {
    if (!this.isInside(handle)) return undefined
    const { memory } = this
    let { hot } = memory
    PAUSE: if (isHeld()) hot = undefined
    const slot = this.slotsAt + handle * SLOT_WORDS
    const record = hot === undefined ? -1 : hot.retain(slot, memory.heldAt, memory.recordsAt)
    if (record > SLOT_RESERVED) {
      const open = objectAt(memory, record)
      open.follow()
      return open
    }
    if (record >= 0) return undefined
    // The slot has another object, or none: what was counted is a stranger.
    if (record < -1) ignoringErrors(dropReference, objectAt(memory, -record))
    return this.#referenceInSteps(slot)
  }

  metadataAt(handle: number): number {
    return roleHere(this.memory, this.memory.words[this.slotsAt + handle * SLOT_WORDS + SLOT_METADATA] as number)
  }

  generationAt(handle: number): number {
    return this.isInside(handle) ? (this.memory.words[this.slotsAt + handle * SLOT_WORDS + SLOT_GENERATION] as number) : -1
  }

  isReserved(handle: number): boolean {
    return this.isInside(handle) && this.memory.words[this.slotsAt + handle * SLOT_WORDS] === SLOT_RESERVED
  }

  openHandles(first = 0, last = Infinity): number[] {
    const { words } = this.memory
    const end = Math.min(last, Atomics.load(words, this.at + TABLE_TAKEN) - 1)
    const handles: number[] = []
    for (let handle = first; handle <= end; handle++) {
      if ((words[this.slotsAt + handle * SLOT_WORDS] as number) > SLOT_RESERVED) handles.push(handle)
    }
    return handles
  }

  admit(open: OpenObject, isHolder: boolean): OpenObject {
    if (!(open instanceof SharedObject)) return admitPrivate(this.memory, open, isHolder)
    if (open.memory.words.buffer === this.memory.words.buffer) return open
    throw new HandleError('EINVAL', { text: 'object lives in another shared memory than the table' })
  }

  place(open: OpenObject, minimum: number, metadata: number): number {
    const { memory } = this
    let { hot } = memory
    PAUSE: if (isHeld()) hot = undefined
    if (hot !== undefined && minimum === 0 && this.owners > 0) {
      const { self, heldAt, recordsAt } = memory
      const { record } = sharedOf(open)
      const handle = hot.insert(self, this.at, record, roleThere(memory, metadata), heldAt, recordsAt)
      if (handle >= 0) {
        if ((handle & RING) !== 0) notifyLock(memory.words, this.at + TABLE_LOCK)
        const number = handle & ~RING
        if (observer !== undefined) observer.handlePlaced(this, number, open)
        return number
      }
      if (handle === FULL_AND_RING) notifyLock(memory.words, this.at + TABLE_LOCK)
      if (handle !== -1) return -EMFILE
    }
    const locked = this.lock()
    // Hooks have run since the table was looked at, and one may have ended it.
    const handle = this.owners === 0 ? -EBADF : locked.reserve(minimum)
    if (handle >= 0) locked.set(handle, open, metadata)
    locked.unlock()
    return handle
  }

  remove(handle: number): OpenObject | undefined {
    if (!this.isInside(handle)) return undefined
    const { memory } = this
    let { hot } = memory
    PAUSE: if (isHeld()) hot = undefined
    if (hot !== undefined) {
      const record = hot.remove(memory.self, this.at, handle, memory.heldAt, memory.recordsAt)
      if (record >= 0) {
        if ((record & RING) !== 0) notifyLock(memory.words, this.at + TABLE_LOCK)
        if ((record & ~RING) === 0) return undefined
        if (observer !== undefined) observer.handleEnded(this, handle)
        return objectAt(memory, record & ~RING)
      }
    }
    const locked = this.lock()
    const open = locked.clear(handle)
    locked.unlock()
    return open
  }

  lock(): SharedLocked {
    // An owner that has left finds nothing, and changes nothing.
    this.isLocked = this.owners > 0
    if (this.isLocked) acquire(this.memory, this.at + TABLE_LOCK)
    // Others may have freed a lower number since.
    this.numbers.rewind()
    return this.#locked
  }

  end(): void {
    this.owners = 0
    this.memory.tables.delete(this)
    endTable(this.memory, this.at, this.id)
  }

  copy(): SharedSlots {
    const { memory } = this
    const held: { handle: number; open: OpenObject; metadata: number }[] = []
    const counted: OpenObject[] = []
    const { limit } = this
    try {
      const locked = this.lock()
      try {
        for (const handle of this.openHandles()) {
          const open = locked.objectAt(handle) as SharedObject
          // The slot holds it while the lock is held, so a count finds it alive.
          open.count(0, 1)
          held.push({ handle, open, metadata: this.metadataAt(handle) })
        }
      } finally {
        locked.unlock()
      }
      for (const { open } of held) {
        addHolder(open)
        counted.push(open)
      }
      const copy = new SharedSlots(memory, makeTable(memory, this.capacity, limit), this.kinds)
      const changes = copy.lock()
      for (const { handle, open, metadata } of held) {
        changes.take(handle)
        changes.set(handle, open, metadata)
      }
      changes.unlock()
      return copy
    } catch (error) {
      releaseQuietly(counted)
      throw error
    } finally {
      releaseQuietly(
        held.map(({ open }) => open),
        (open) => open.count(0, -1),
      )
    }
  }

  /** Whether a value is the number of a slot, in a table that this thread may still look at. */
  isInside(handle: number): boolean {
    return typeof handle === 'number' && handle >= 0 && handle < this.capacity && (handle | 0) === handle && this.owners > 0
  }

  /** How many owners it has in all threads. */
  countOwners(): number {
    if (this.owners === 0) return 0
    const { words } = this.memory
    let owners = 0
    for (let i = 0; i < MAX_THREADS; i++) owners += words[this.at + TABLE_OWNERS + i] as number
    return owners
  }

  #borrowInSteps(handle: number): OpenObject | undefined {
    const { memory } = this
    const slot = this.slotsAt + handle * SLOT_WORDS
    if (!canProtect(memory)) return this.#borrowCounted(handle)
    for (;;) {
      const record = memory.words[slot] as number
      PAUSE: pause('borrow: slot read')
      if (record <= SLOT_RESERVED) return undefined
      if (protect(memory, slot, record)) return objectAt(memory, record)
    }
  }

  #referenceInSteps(slot: number): OpenObject | undefined {
    const { memory } = this
    for (;;) {
      const record = memory.words[slot] as number
      PAUSE: pause('retain: slot read')
      if (record <= SLOT_RESERVED) return undefined
      // Whatever the record stands for by now is held first and looked at then.
      if (!tryRetain(memory, record, REFERENCE)) continue
      PAUSE: pause('retain: counted')
      const open = objectAt(memory, record)
      if (Atomics.load(memory.words, slot) === record) {
        open.follow()
        return open
      }
      ignoringErrors(dropReference, open)
    }
  }

  /** A borrow where all hazard words are in use: it counts, until it ends like any other. */
  #borrowCounted(handle: number): OpenObject | undefined {
    const open = this.referenceAt(handle)
    if (open === undefined) return undefined
    open.uses++
    // The reference goes when the use ends.
    open.count(0, -1)
    return open
  }
}
