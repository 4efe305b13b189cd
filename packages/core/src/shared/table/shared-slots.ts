import { HandleError } from '../../errors/handle-error.js'
import { EBADF, EMFILE } from '../../errors/numbers.js'
import { observer } from '../../object/observer.js'
import { addHolder, dropReference, ignoringErrors, type OpenObject } from '../../object/open-object.js'
import { releaseQuietly } from '../../table/release.js'
import { canProtect, protect } from '../objects/hazards.js'
import { FULL_AND_RING, RING } from '../hot/hot.js'
import { admitPrivate } from '../objects/homed-object.js'
import {
  REFERENCE,
  SLOT_BITS,
  SLOT_FREE,
  SLOT_GENERATION,
  SLOT_RECORD,
  SLOT_WORDS,
  TABLE_CAPACITY,
  TABLE_ID,
  TABLE_LIMIT,
  TABLE_LOCK,
  TABLE_OPEN,
  TABLE_SLOTS,
  TABLE_TAKEN,
} from '../words/layout.js'
import { acquire, notifyLock } from '../words/lock.js'
import { isLockBusy } from '../words/lock-busy.js'
import { isHeld, pause } from '../words/pause.js'
import { admitRole, roleHere, roleThere } from '../words/roles.js'
import { checkStack } from '../words/stack.js'
import { objectAt } from '../objects/object-at.js'
import { roleOf, SharedLocked, admitted, type LockableTable } from './shared-locked.js'
import { SharedObject, tryRetain } from '../objects/shared-object.js'
import { countOwnersOf, endTable, makeTable, numbersOf } from '../words/tables.js'
import { ROLE_SHIFT } from '../../table/metadata.js'
import type { Kind } from '../../kind/kind.js'
import type { Registry } from '../../kind/registry.js'
import type { NumberSet } from '../../table/number-set.js'
import type { Slots } from '../../table/slots.js'
import type { SharedMemory } from '../thread/memory.js'

/**
 * The slots of a table in shared memory, as one thread sees them.
 *
 * What counts is the word of each slot: free, reserved, or the record of its object together with the handle's access
 * mode and close-on-exec. It is changed under the table's lock, by one atomic step for each change, and whatever else
 * there is (the set of numbers, the number of open slots) can be made anew from these words when a thread has died
 * half way. A lookup reads it once to decide by, and once more to see that it has not changed; so whatever it finds
 * belongs together.
 */
export class SharedSlots implements LockableTable {
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
  looked = 0
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
    this.id = memory.words[at + TABLE_ID]!
    this.capacity = memory.words[at + TABLE_CAPACITY]!
    this.slotsAt = at + memory.words[at + TABLE_SLOTS]!
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
    return this.isInside(handle) && Atomics.load(this.memory.words, this.slotsAt + handle * SLOT_WORDS) > SLOT_FREE
  }

  borrowAt(handle: number, mode: number): OpenObject | undefined {
    if (!this.isInside(handle)) return undefined
    const { memory } = this
    const { hazards } = memory
    let { hot } = memory
    PAUSE: if (isHeld()) hot = undefined
    if (hot === undefined || hazards >= memory.hazardsUsed) return this.#borrowInSteps(handle, mode)
    const word = hot.borrow(this.slotsAt + handle * SLOT_WORDS, memory.hazardsAt + hazards, mode)
    if (word > 0) {
      memory.hazards = hazards + 1
      this.looked = word & SLOT_BITS
      return objectAt(memory, word & SLOT_RECORD)
    }
    return word < 0 ? this.#borrowInSteps(handle, mode) : undefined
  }

  lookAt(handle: number): OpenObject | undefined {
    const { memory, slotsAt } = this
    const { words } = memory
    const slot = slotsAt + handle * SLOT_WORDS
    for (;;) {
      const open = this.borrowAt(handle, 0)
      if (open === undefined) return undefined
      // The role's word stays as it is for as long as it is the current one.
      const word = Atomics.load(words, slot)
      const role = Atomics.load(words, roleOf(slot, word))
      PAUSE: pause('look: role read')
      const isSame = (word & SLOT_RECORD) === admitted(open).record && Atomics.load(words, slot) === word
      if (isSame) {
        this.looked = roleHere(memory, (word & SLOT_BITS) | (role << ROLE_SHIFT))
        return open
      }
      open.endBorrow()
    }
  }

  referenceAt(handle: number, mode: number): OpenObject | undefined {
    if (!this.isInside(handle)) return undefined
    // What is counted here is to be given back.
    checkStack()
    const { memory } = this
    let { hot } = memory
    PAUSE: if (isHeld()) hot = undefined
    const slot = this.slotsAt + handle * SLOT_WORDS
    const word = hot === undefined ? -1 : hot.retain(slot, memory.heldAt, memory.recordsAt, mode)
    if (word > 0) {
      const open = objectAt(memory, word & SLOT_RECORD)
      open.follow()
      this.looked = word & SLOT_BITS
      return open
    }
    if (word === 0) return undefined
    // The slot has another object, or none, or the handle another mode: what was counted may be a stranger.
    if (word < -1) ignoringErrors(dropReference, objectAt(memory, -word & SLOT_RECORD))
    return this.#referenceInSteps(slot, mode)
  }

  bitsAt(handle: number): number {
    const word = this.isInside(handle) ? Atomics.load(this.memory.words, this.slotsAt + handle * SLOT_WORDS) : SLOT_FREE
    return word > SLOT_FREE ? word & SLOT_BITS : -1
  }

  generationAt(handle: number): number {
    return this.isInside(handle) ? this.memory.words[this.slotsAt + handle * SLOT_WORDS + SLOT_GENERATION]! : -1
  }

  isReserved(handle: number): boolean {
    return this.isInside(handle) && this.memory.words[this.slotsAt + handle * SLOT_WORDS]! < SLOT_FREE
  }

  openHandles(first = 0, last = Infinity): number[] {
    const { words } = this.memory
    const end = Math.min(last, Atomics.load(words, this.at + TABLE_TAKEN) - 1)
    const handles: number[] = []
    for (let handle = first; handle <= end; handle++) {
      if (words[this.slotsAt + handle * SLOT_WORDS]! > SLOT_FREE) handles.push(handle)
    }
    return handles
  }

  admit(open: OpenObject, isHolder: boolean): OpenObject {
    if (!(open instanceof SharedObject)) return admitPrivate(this.memory, open, isHolder)
    if (open.memory.words.buffer === this.memory.words.buffer) return open
    throw new HandleError('EINVAL', { text: 'object lives in another shared memory than the table' })
  }

  admitRole(metadata: number, isAskedFor: boolean): void {
    admitRole(this.memory, metadata, isAskedFor)
  }

  place(open: OpenObject, minimum: number, metadata: number): number {
    const { memory } = this
    admitRole(memory, metadata, false)
    let { hot } = memory
    PAUSE: if (isHeld()) hot = undefined
    if (hot !== undefined && minimum === 0 && this.owners > 0) {
      const { self, heldAt, recordsAt } = memory
      const word = admitted(open).record | (metadata & SLOT_BITS)
      const handle = hot.insert(self, this.at, word, roleThere(memory, metadata) >> ROLE_SHIFT, heldAt, recordsAt)
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
    try {
      // Hooks have run since the table was looked at, and one may have ended it.
      const handle = this.owners === 0 ? -EBADF : locked.reserve(minimum)
      if (handle >= 0) locked.set(handle, open, metadata)
      return handle
    } finally {
      locked.unlock()
    }
  }

  remove(handle: number): OpenObject | undefined {
    if (!this.isInside(handle)) return undefined
    const { memory } = this
    let { hot } = memory
    PAUSE: if (isHeld()) hot = undefined
    if (hot !== undefined) {
      const word = hot.remove(memory.self, this.at, handle, memory.heldAt, memory.recordsAt)
      if (word >= 0) {
        if ((word & RING) !== 0) notifyLock(memory.words, this.at + TABLE_LOCK)
        if ((word & ~RING) === 0) return undefined
        if (observer !== undefined) observer.handleEnded(this, handle)
        return objectAt(memory, word & SLOT_RECORD & ~RING)
      }
    }
    const locked = this.lock()
    try {
      return locked.clear(handle)
    } finally {
      locked.unlock()
    }
  }

  lock(): SharedLocked {
    // An owner that has left finds nothing, and changes nothing.
    this.isLocked = this.owners > 0
    if (this.isLocked) {
      // A table's lock is taken before all others: what is held now, a frame that is gone has left.
      if (this.memory.locksHeld !== 0) this.memory.settleOwn()
      acquire(this.memory, this.at + TABLE_LOCK)
    }
    // Others may have freed a lower number since.
    this.numbers.rewind()
    return this.#locked
  }

  another(): Slots {
    if (!this.isView) return this
    const { memory, at, kinds } = this
    const known = [...memory.tables].find((slots) => slots.at === at && slots.kinds === kinds && !slots.isView)
    if (known === undefined) return new SharedSlots(memory, at, kinds)
    known.owners++
    return known
  }

  postpone(error: unknown, work: () => void): boolean {
    if (!isLockBusy(error)) return false
    this.memory.later.add(work)
    return true
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
          const open = locked.objectAt(handle)!
          // The slot holds it while the lock is held, so a count finds it alive.
          open.count(0, 1)
          held.push({ handle, open, metadata: locked.metadataAt(handle) })
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
      try {
        for (const { handle, open, metadata } of held) {
          changes.take(handle)
          changes.set(handle, open, metadata)
        }
      } finally {
        changes.unlock()
      }
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
    return this.owners === 0 ? 0 : countOwnersOf(this.memory, this.at)
  }

  #borrowInSteps(handle: number, mode: number): OpenObject | undefined {
    const { memory } = this
    const slot = this.slotsAt + handle * SLOT_WORDS
    if (!canProtect(memory)) return this.#borrowCounted(handle, mode)
    for (;;) {
      const word = memory.words[slot]!
      PAUSE: pause('borrow: slot read')
      if (word <= SLOT_FREE || (word & mode) !== mode) return undefined
      if (!protect(memory, slot, word)) continue
      this.looked = word & SLOT_BITS
      return objectAt(memory, word & SLOT_RECORD)
    }
  }

  #referenceInSteps(slot: number, mode: number): OpenObject | undefined {
    const { memory } = this
    for (;;) {
      const word = memory.words[slot]!
      PAUSE: pause('retain: slot read')
      if (word <= SLOT_FREE || (word & mode) !== mode) return undefined
      // Whatever the record stands for by now is held first and looked at then.
      const record = word & SLOT_RECORD
      if (!tryRetain(memory, record, REFERENCE)) continue
      PAUSE: pause('retain: counted')
      const open = objectAt(memory, record)
      if (Atomics.load(memory.words, slot) === word) {
        open.follow()
        this.looked = word & SLOT_BITS
        return open
      }
      ignoringErrors(dropReference, open)
    }
  }

  /** A borrow where all hazard words are in use: it counts, until it ends like any other. */
  #borrowCounted(handle: number, mode: number): OpenObject | undefined {
    const open = this.referenceAt(handle, mode)
    if (open === undefined) return undefined
    open.uses++
    // The reference goes when the use ends.
    open.count(0, -1)
    return open
  }
}
