import type { OpenObject } from '../object/open-object.js'
import type { PrivateObject } from '../object/private-object.js'
import type { Kind } from '../kind/kind.js'
import type { Registry } from '../kind/registry.js'

/** A small number that names an open object in one table. */
export type Handle = number

/**
 * What stands behind the owners of one table: its slots, in one thread's memory or in memory that threads
 * share. Reading needs no lock. Each change goes through a {@link Locked}, and to have one is to hold the lock.
 *
 * A slot is *free* (its number is not taken), *reserved* (taken, no object) or *open* (taken, with an
 * object). Each open slot is one holder of its object.
 *
 * Another thread may change a shared table between two calls, so what was read is a hint, and what matters is
 * asked under the lock.
 */
export interface Slots {
  readonly capacity: number
  /** The kinds whose objects it takes; undefined for any. */
  readonly kinds: Registry | undefined
  /** The kind of the last object that was accepted, which need not be looked up again. */
  lastAccepted: Kind | undefined
  /** Owners in this thread that have not been disposed of; with none, the table is nothing to this thread any more. */
  readonly owners: number
  /** How many owners it has in all threads. With the last one the table ends for good. */
  countOwners(): number
  /** New placements must stay below. From 0 to the capacity. */
  readonly limit: number
  /** How many slots are open. */
  readonly count: number
  /**
   * Of each number that was ever taken: its object, or undefined while it is free or reserved. So that a borrow in
   * one thread's table costs next to nothing; a shared table has it empty, and is asked by {@link borrowAt}.
   */
  readonly objects: readonly (PrivateObject | OpenObject | undefined)[]

  /** Whether a number of any value names an open slot. */
  isOpen(handle: number): boolean
  /**
   * The object of an open slot whose handle has this mode, READABLE and WRITABLE or-ed, lent until `endBorrow`, for a
   * number of any value. {@link looked} says then what else the handle says.
   */
  borrowAt(handle: number, mode: number): OpenObject | undefined
  /** The same object, with one reference more, which is the caller's. */
  referenceAt(handle: number, mode: number): OpenObject | undefined
  /** {@link borrowAt} for any mode, with the role in {@link looked} too. */
  lookAt(handle: number): OpenObject | undefined
  /**
   * Packed metadata of the handle that `borrowAt`, `referenceAt` or `lookAt` found last, read in the one step that
   * protected its object. Its role is there only after `lookAt`.
   */
  readonly looked: number
  /** Access mode and close-on-exec of an open slot, as packed metadata has them; −1 when it is not open. */
  bitsAt(handle: number): number
  /** How often a number was reserved, or came to name something new. */
  generationAt(handle: number): number
  /** Whether the number is reserved: taken, but not open. */
  isReserved(handle: number): boolean
  /** The open slots from one number up to another, ascending, as they are now. */
  openHandles(first?: number, last?: number): number[]

  /** The object that stands for this one in this table, whose counts are the reference's from now on. */
  admit(open: OpenObject, isHolder: boolean): OpenObject
  /** Has room for the role of packed metadata that is to be set. @throws ENOMEM when there is none for one that was asked for; EAGAIN */
  admitRole?(metadata: number, isAskedFor: boolean): void
  /** Gives a holder the lowest free number at or above `minimum`: the number; −EMFILE, −EBADF when the table has ended. */
  place(open: OpenObject, minimum: number, metadata: number): number
  /** Frees an open slot, of a number of any value: the object that fell out; undefined when it is not open. */
  remove(handle: number): OpenObject | undefined
  /** Takes the lock, for any other change. */
  lock(): Locked
  /**
   * A table of its own with the same open slots, the reserved ones free, as fork makes one: each object has one
   * holder more. Hooks run unlocked.
   *
   * @throws what a hook throws, when the holders that were counted are given back
   */
  copy(): Slots
  /** The slots for one owner more, which has been counted; these themselves if it has none. */
  another?(): Slots
  /** Does something later for which a lock could not be had now; false if an error says nothing of the sort. */
  postpone?(error: unknown, work: () => void): boolean
  /** Gives back what the table is made of, after its last owner has closed all that was in it. */
  end(): void
}

/**
 * The changes of a table, for the holder of its lock. None of them runs a hook: what falls out of a slot
 * is returned, and the caller releases it after {@link unlock}. In a shared memory that is damaged each may throw, so
 * the lock is given up in a `finally`.
 */
export interface Locked {
  unlock(): void
  /** Takes the lowest free number at or above `from` and leaves it reserved; −EMFILE when none is below the limit. */
  reserve(from: number): number
  /** Takes a free number and leaves it reserved. */
  take(handle: number): void
  /** Frees a reserved number. */
  cancel(handle: number): void
  /** Opens a reserved slot, or gives an open one another object: the one that fell out is returned. */
  set(handle: number, open: OpenObject, metadata: number): OpenObject | undefined
  /** Frees an open slot: the object that fell out is returned; undefined when the slot is not open. */
  clear(handle: number): OpenObject | undefined
  /** The object of an open slot, which holds it for as long as the lock is held. */
  objectAt(handle: number): OpenObject | undefined
  /** The packed metadata of an open slot. */
  metadataAt(handle: number): number
  /** Replaces the packed metadata of an open slot. */
  setMetadata(handle: number, metadata: number): void
  /** Sets or clears close-on-exec of an open slot. */
  setCloseOnExec(handle: number, on: boolean): void
  /** Frees all open slots in a range whose mode and close-on-exec pass a test: the objects that fell out are returned. */
  clearRange(first: number, last: number, passes: (bits: number) => boolean): OpenObject[]
  /** Moves the limit. */
  setLimit(limit: number): void
  /** One owner more, if the table has one. */
  addOwner(): boolean
  /** One owner less: true when it was the last. */
  dropOwner(): boolean
}
