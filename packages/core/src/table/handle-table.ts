/* eslint-disable @typescript-eslint/no-confusing-void-expression -- what a call gives for a closed handle is undefined, and is returned as that */
import { checkFunction, checkInteger, invalid } from '../errors/check.js'
import { EBADF } from '../errors/numbers.js'
import { errorFrom, HandleError, isBranded } from '../errors/handle-error.js'
import { toRegistry, type Kinds } from '../kind/registry.js'
import { BRAND, brandOf, foreign, MAJOR } from '../object/brand.js'
import { dispose } from '../object/dispose.js'
import { observer } from '../object/observer.js'
import { addHolder, dropHolder, type OpenObject } from '../object/open-object.js'
import { Reference } from '../object/reference.js'
import { changeMetadata } from './change-metadata.js'
import { duplicate, duplicateAt, hasGone } from './dup.js'
import { objectInfo, type KernelObjectInfo } from './info.js'
import { endLoan, lend, refusePromise } from './lend.js'
import { CLOSE_ON_EXEC, decodeMetadata, packedAccess } from './metadata.js'
import { OwnedHandle } from './owned-handle.js'
import { addOwner, disposed, leave } from './owners.js'
import { checkMinimum, place, placeAll, placeAt, placingError } from './place.js'
import { releaseAll, releaseQuietly } from './release.js'
import { Reservation } from './reservation.js'
import { PrivateSlots } from './private-slots.js'
import type { BorrowedObject, KernelObject } from '../object/kernel-object.js'
import type { HandleMetadata, MetadataInit } from './metadata.js'
import type { Handle, Slots } from './slots.js'

/** Options of {@link HandleTable}. */
export interface HandleTableOptions {
  /** How many handles it can ever hold: 1 to 1,048,576. Defaults to {@link HandleTable.MAX_HANDLES}. */
  readonly capacity?: number
  /** How many it may hold now: 0 to the capacity. Defaults to the capacity. {@link HandleTable.setLimit} changes it. */
  readonly limit?: number
  /** The kinds whose objects it accepts. Defaults to any kind. */
  readonly kinds?: Kinds
}

export const HIGHEST_CAPACITY = 1 << 20

/** A disposed owner points here, so lookups fail without an extra check. */
const NOTHING = new PrivateSlots(1, 0, undefined)
NOTHING.owners = 0

/** Options by which {@link ownerOf} makes an owner of nothing yet. */
const OF_NOTHING: HandleTableOptions = {}

/**
 * An owner of a table of handles. Owners made by {@link clone} share one table, as tasks do after
 * CLONE_FILES; {@link deepClone} makes a table of its own, as fork does.
 *
 * Throws EINVAL if the handle is not a number. Any number that names no open handle (negative,
 * fractional, NaN, too large, reserved) counts as closed. An owner that was disposed of refuses every
 * call with EBADF. A member's twin named `…Errno` returns −errno where the member throws a `HandleError`.
 *
 * @example
 * const table = new HandleTable()
 * const { reader, writer } = createPipe()
 * const [r, w] = table.insertAll([reader, writer])
 * table.withObject(w, (pipe) => pipe.as(StreamOps)?.write(bytes))
 */
export class HandleTable {
  /** The default capacity: 1024, the usual POSIX limit. */
  static readonly MAX_HANDLES = 1024

  private slots: Slots

  /** @throws EINVAL if capacity or limit is out of range, or `kinds` is not a list of kinds or a registry */
  constructor(options: HandleTableOptions = {}) {
    this.slots = options === OF_NOTHING ? NOTHING : slotsFor(options)
    if (observer !== undefined) observer.ownerMade(this)
  }

  // ── Owners ──────────────────────────────────────────────────────────────────────────────────────

  /** Another owner of the same table (CLONE_FILES). The caller disposes of it. */
  clone(): HandleTable {
    const slots = this.owned()
    addOwner(slots)
    return ownerOf(slots.another?.() ?? slots)
  }

  /**
   * Leaves this owner's table and becomes an owner of `source`'s. If this was the last owner of the table that
   * it leaves, what was in there is closed.
   *
   * @throws the errors of hooks, after the change has been made
   */
  cloneFrom(source: HandleTable): void {
    const old = this.owned()
    const slots = slotsOf(source, 'source', 'cloneFrom')
    addOwner(slots)
    this.slots = slots.another?.() ?? slots
    leave(old)
  }

  /**
   * Copies the table, as fork does. The copy shares the open objects: each gets one more holder, after its kind's
   * `cloneForDup` hook has run. Reserved numbers are free in the copy. Capacity, limit and kinds are the same. The
   * caller disposes of it.
   *
   * @throws the error of a hook; then nothing has changed
   */
  deepClone(): HandleTable {
    return ownerOf(this.owned().copy())
  }

  /** Whether no other owner shares the table. Only then does disposing of this one close everything. */
  isSoleOwner(): boolean {
    return this.owned().countOwners() === 1
  }

  /**
   * Ends this owner. The last owner of a table closes everything in it. A second call does nothing.
   *
   * @throws the errors of hooks (an AggregateError if there are several), after everything is closed
   */
  dispose(): void {
    const slots = this.slots
    if (slots === NOTHING) return
    this.slots = NOTHING
    if (observer !== undefined) observer.ownerEnded(this)
    leave(slots)
  }

  /** The same as {@link dispose}, for `using`. */
  [dispose](): void {
    this.dispose()
  }

  /** @internal */
  get [BRAND](): number {
    return MAJOR
  }

  // ── Placing ─────────────────────────────────────────────────────────────────────────────────────

  /**
   * Places an object at the lowest free number, with the metadata that its kind infers. The table takes
   * over the reference; if the call throws, the caller keeps it. A reference from `get` becomes
   * a holder, so its kind's `cloneForDup` hook runs.
   *
   * @throws EMFILE if no number below the limit is free; EINVAL if `object` is not an object, or is of a kind that
   *   the table does not accept; EBADF if the reference was released or handed over
   */
  insert(object: KernelObject): Handle {
    return placed(place(this.slots, object, 0, undefined, 'insert'), 'insert')
  }

  /** {@link insert}, returning −errno instead of throwing. */
  insertErrno(object: KernelObject): number {
    try {
      return place(this.slots, object, 0, undefined, 'insert')
    } catch (error) {
      return errnoOrThrow(error)
    }
  }

  /**
   * Places an object at the lowest free number. Omitted metadata is inferred by the kind. Append, non-blocking and
   * sync are switched on in the open object if given, and otherwise left as they are.
   *
   * @throws as {@link insert}; EINVAL naming the field for metadata of the wrong shape, or a mode that
   *   the open object does not have
   */
  insertWithMetadata(object: KernelObject, metadata: MetadataInit): Handle {
    return placed(place(this.slots, object, 0, metadata, 'insertWithMetadata'), 'insertWithMetadata')
  }

  /** {@link insertWithMetadata}, returning −errno instead of throwing. */
  insertWithMetadataErrno(object: KernelObject, metadata: MetadataInit): number {
    try {
      return place(this.slots, object, 0, metadata, 'insertWithMetadata')
    } catch (error) {
      return errnoOrThrow(error)
    }
  }

  /**
   * Places an object at the lowest free number at or above `minimum` (fcntl(2), F_DUPFD).
   *
   * @throws as {@link insertWithMetadata}; EINVAL for a minimum that is negative or not below the limit
   */
  insertAtOrAbove(minimum: Handle, object: KernelObject, metadata?: MetadataInit): Handle {
    return placed(place(this.slots, object, minimum, metadata, 'insertAtOrAbove'), 'insertAtOrAbove')
  }

  /** {@link insertAtOrAbove}, returning −errno instead of throwing. */
  insertAtOrAboveErrno(minimum: Handle, object: KernelObject, metadata?: MetadataInit): number {
    try {
      return place(this.slots, object, minimum, metadata, 'insertAtOrAbove')
    } catch (error) {
      return errnoOrThrow(error)
    }
  }

  /**
   * Places several objects at the lowest free numbers, all or none (pipe(2), socketpair(2)). The
   * metadata is for each of them.
   *
   * @throws as {@link insertWithMetadata}; then no number is used, and the caller keeps all references
   */
  insertAll(objects: readonly KernelObject[], metadata?: MetadataInit): Handle[] {
    return placeAll(this.slots, objects, metadata)
  }

  /**
   * Places an object at this number in one step (dup2(2)). The object that it named before is closed once the number
   * names the new one; errors of that closing are ignored. Returns the number.
   *
   * @throws EBADF for a number that is negative or not below the limit; EBUSY for a reserved one; as
   *   {@link insertWithMetadata}
   */
  replace(handle: Handle, object: KernelObject, metadata?: MetadataInit): Handle {
    return placed(placeAt(this.slots, handle, object, metadata), 'replace', handle)
  }

  /** {@link replace}, returning −errno instead of throwing. */
  replaceErrno(handle: Handle, object: KernelObject, metadata?: MetadataInit): number {
    try {
      return placeAt(this.slots, handle, object, metadata)
    } catch (error) {
      return errnoOrThrow(error)
    }
  }

  /**
   * Takes the lowest free number before there is an object for it. The number is not open: it can't be
   * used or closed, dup2 to it fails with EBUSY, and it is free in a fork.
   *
   * @throws EMFILE when no number at or above `minimum` and below the limit is free; EINVAL as
   *   {@link insertAtOrAbove}
   */
  reserve(minimum: Handle = 0): Reservation {
    const slots = this.owned()
    checkMinimum(slots, minimum, 'reserve')
    const locked = slots.lock()
    let handle: number
    try {
      handle = locked.reserve(minimum)
    } finally {
      locked.unlock()
    }
    return new Reservation(slots, placed(handle, 'reserve'))
  }

  // ── Duplicating within the table ────────────────────────────────────────────────────────────────

  /**
   * Another handle for the same open object: the lowest free number at or above `minimum`, same role and
   * mode, close-on-exec clear unless asked for (dup(2), F_DUPFD, F_DUPFD_CLOEXEC).
   *
   * @throws EBADF when `handle` is not open, then EINVAL for a minimum that is negative or not below the
   *   limit, then EMFILE; what the kind's hook throws, and then nothing has changed
   */
  dup(handle: Handle, minimum: Handle = 0, closeOnExec = false): Handle {
    return placed(duplicate(this.slots, handle, minimum, closeOnExec), 'dup', handle)
  }

  /** {@link dup}, returning −errno instead of throwing. */
  dupErrno(handle: Handle, minimum: Handle = 0, closeOnExec = false): number {
    try {
      return duplicate(this.slots, handle, minimum, closeOnExec)
    } catch (error) {
      return errnoOrThrow(error)
    }
  }

  /**
   * Makes `target` name what `handle` names, in one step, and returns it. Equal numbers change nothing,
   * close-on-exec included (dup2(2)).
   *
   * @throws EBADF when `handle` is not open, or `target` is negative or not below the limit; EBUSY when
   *   it is reserved. Then `target` is untouched
   */
  dup2(handle: Handle, target: Handle): Handle {
    return placed(this.dup2Of(handle, target), 'dup2', handle)
  }

  /** {@link dup2}, returning −errno instead of throwing. */
  dup2Errno(handle: Handle, target: Handle): number {
    try {
      return this.dup2Of(handle, target)
    } catch (error) {
      return errnoOrThrow(error)
    }
  }

  /**
   * {@link dup2}, with close-on-exec set from the start if asked for (dup3(2)).
   *
   * @throws EINVAL for equal numbers, even when they are closed; else as {@link dup2}
   */
  dup3(handle: Handle, target: Handle, closeOnExec = false): Handle {
    return placed(duplicateAt(this.slots, handle, target, closeOnExec), 'dup3', handle)
  }

  /** {@link dup3}, returning −errno instead of throwing. */
  dup3Errno(handle: Handle, target: Handle, closeOnExec = false): number {
    try {
      return duplicateAt(this.slots, handle, target, closeOnExec)
    } catch (error) {
      return errnoOrThrow(error)
    }
  }

  // ── Using ───────────────────────────────────────────────────────────────────────────────────────

  /**
   * Calls `f` with the object that a handle names, lent until `f` returns, and returns the result of `f`. Returns
   * undefined if the handle is not open. `f` may do anything, even close this handle: the object lives until `f`
   * returns. No lock is held meanwhile.
   *
   * @throws the error of `f`; EINVAL if `f` returned a promise, because the borrow has ended
   */
  withObject<R>(handle: Handle, f: (object: BorrowedObject) => R): R | undefined {
    // `borrowAt` and `lend`, written out: this is the call that is made most, and as calls they cost a fifth of it.
    const { objects } = this.slots
    const open = typeof handle === 'number' && handle >= 0 && handle < objects.length ? objects[handle] : undefined
    if (open === undefined) return this.withShared(handle, f)
    let result: R
    open.uses++
    try {
      result = f(open.lent)
    } catch (error) {
      endLoan(open, f, 'withObject')
      throw error
    }
    if (--open.uses === 0) open.releaseUnused()
    if (typeof result === 'object') refusePromise(result, 'withObject')
    return result
  }

  /**
   * The open object itself, lent without a callback, for hosts that make system calls. Undefined when the handle is
   * not open, or does not have `mode`, READABLE and WRITABLE or-ed. Each borrow is ended by `endBorrow(object)`,
   * exactly once.
   *
   * Object and mode are read in one step. Another thread's dup2 may come between two looks at a shared table, so a call
   * that decides by the mode asks for it here, or reads {@link foundAccess} next.
   */
  borrow(handle: Handle, mode = 0): OpenObject | undefined {
    return this.slots.borrowAt(handle, mode) ?? this.absent(handle)
  }

  /**
   * The mode of the handle that {@link borrow} or {@link get} found last, READABLE and WRITABLE or-ed. Read it right
   * after that call: the next lookup in the table overwrites it.
   */
  get foundAccess(): number {
    return packedAccess(this.owned().looked)
  }

  /** Whether the handle that {@link borrow} or {@link get} found last is closed by exec; as {@link foundAccess}. */
  get foundCloseOnExec(): boolean {
    return (this.owned().looked & CLOSE_ON_EXEC) !== 0
  }

  /**
   * A handle's access mode, READABLE and WRITABLE or-ed, without a copy; 0 when it is not open. It says nothing of an
   * object that was looked up before: see {@link borrow}.
   */
  accessBits(handle: Handle): number {
    const bits = this.slots.bitsAt(handle)
    return bits < 0 ? this.absent(handle, 0) : packedAccess(bits)
  }

  /**
   * A new reference without a dup: no hook runs and no holder is counted. Undefined if the handle is not open, or
   * does not have `mode`, as for {@link borrow}. The caller releases it.
   */
  get(handle: Handle, mode = 0): KernelObject | undefined {
    const open = this.slots.referenceAt(handle, mode)
    return open === undefined ? this.absent(handle) : new Reference(open, false)
  }

  /**
   * A new holder of the object, as dup makes one before it has a number: a pipe counts one more reader or
   * writer. Undefined when the handle is not open. The caller releases it or inserts it.
   *
   * @throws what the kind's hook throws; then nothing has changed
   */
  cloneForDup(handle: Handle): KernelObject | undefined {
    return this.cloneWithMetadata(handle)?.object
  }

  /** {@link cloneForDup}, and a copy of the handle's metadata as it was when its object was looked up. */
  cloneWithMetadata(handle: Handle): { object: KernelObject; metadata: HandleMetadata } | undefined {
    const { slots } = this
    for (;;) {
      const open = slots.lookAt(handle)
      if (open === undefined) return this.absent(handle)
      const metadata = decodeMetadata(slots.looked, open.status)
      try {
        addHolder(open)
        return { object: new Reference(open, true), metadata }
      } catch (error) {
        if (!hasGone(open, error)) throw error
      } finally {
        open.endBorrow()
      }
    }
  }

  // ── Closing ─────────────────────────────────────────────────────────────────────────────────────

  /** Frees the number. The caller owns the object now; undefined when the handle is not open. */
  remove(handle: Handle): KernelObject | undefined {
    const { slots } = this
    const open = slots.remove(handle)
    return open === undefined ? this.absent(handle) : new Reference(open, true)
  }

  /**
   * Frees the number, then gives the object back (close(2)).
   *
   * @throws EBADF if the handle is not open; the errors of hooks, after the handle has been closed
   */
  close(handle: Handle): void {
    const errno = this.closeOne(handle)
    if (errno < 0) throw errorFrom(errno, { syscall: 'close', handle })
  }

  /** {@link close}, returning 0 or −errno instead of throwing. */
  closeErrno(handle: Handle): number {
    try {
      return this.closeOne(handle)
    } catch (error) {
      return errnoOrThrow(error)
    }
  }

  /**
   * Closes all handles; reserved numbers stay reserved.
   *
   * @throws what hooks throw (an AggregateError when there are several), when everything is closed
   */
  closeAll(): void {
    releaseAll(this.clearRange(0, Infinity))
  }

  /**
   * Closes the open handles from `first` to `last`, both included; errors of closing are ignored
   * (close_range(2)). It is not an error if nothing is open there.
   *
   * @throws EINVAL if `first` is greater than `last`, or one of them is not an integer from 0 up
   */
  closeRange(first: Handle, last: Handle): void {
    this.owned()
    checkRange(first, last, 'closeRange')
    releaseQuietly(this.clearRange(first, last))
  }

  /** Closes every handle marked close-on-exec; errors of closing are ignored (execve(2)). */
  closeOnExec(): void {
    releaseQuietly(this.clearRange(0, Infinity, (packed) => (packed & CLOSE_ON_EXEC) !== 0))
  }

  /**
   * Makes an owner of a handle, which closes it once, unless its number has come to name something else. Undefined if
   * the handle is not open.
   */
  own(handle: Handle): OwnedHandle | undefined {
    const { slots } = this
    if (!slots.isOpen(handle)) return this.absent(handle)
    return new OwnedHandle(slots, handle)
  }

  // ── Metadata ────────────────────────────────────────────────────────────────────────────────────

  /** A copy of a handle's metadata; undefined when it is not open. */
  getMetadata(handle: Handle): HandleMetadata | undefined {
    const { slots } = this
    const open = slots.lookAt(handle)
    if (open === undefined) return this.absent(handle)
    const metadata = decodeMetadata(slots.looked, open.status)
    open.endBorrow()
    return metadata
  }

  /**
   * Calls `f` with a copy of a handle's metadata and returns the result of `f`. Returns undefined if the handle
   * is not open.
   *
   * @throws the error of `f`; EINVAL if it returned a promise
   */
  withMetadata<R>(handle: Handle, f: (metadata: HandleMetadata) => R): R | undefined {
    checkFunction(f, 'f', 'withMetadata')
    const metadata = this.getMetadata(handle)
    if (metadata === undefined) return undefined
    const result = f(metadata)
    refusePromise(result, 'withMetadata')
    return result
  }

  /**
   * Changes a handle's metadata. Omitted fields stay as they are. `specialSemantics`, if given, replaces the
   * whole set: append, non-blocking and sync are written to the open object, for all its duplicates.
   * This is the host's call: it may set any mode that the open object has.
   *
   * @throws EBADF "Invalid handle" outside of the table, "Handle does not exist" where none is open, or where it was
   *   closed or replaced before it could be changed;
   *   EINVAL as {@link insertWithMetadata}. Then nothing has changed
   */
  updateMetadata(handle: Handle, metadata: MetadataInit): void {
    this.changeMetadata(handle, metadata, 'updateMetadata', false)
  }

  /** {@link updateMetadata}, returning 0 or −errno instead of throwing. */
  updateMetadataErrno(handle: Handle, metadata: MetadataInit): number {
    try {
      this.updateMetadata(handle, metadata)
      return 0
    } catch (error) {
      return errnoOrThrow(error)
    }
  }

  /**
   * {@link updateMetadata} for a caller that may only give up rights: the new mode must be within the handle's present
   * mode.
   *
   * @throws as {@link updateMetadata}; EPERM for a mode that the handle does not have. Then nothing has changed
   */
  narrowMetadata(handle: Handle, metadata: MetadataInit): void {
    this.changeMetadata(handle, metadata, 'narrowMetadata', true)
  }

  /** Whether exec closes a handle (F_GETFD). Undefined if it is not open. */
  isCloseOnExec(handle: Handle): boolean | undefined {
    const bits = this.slots.bitsAt(handle)
    return bits < 0 ? this.absent(handle) : (bits & CLOSE_ON_EXEC) !== 0
  }

  /**
   * Sets whether exec closes a handle (F_SETFD).
   *
   * @throws EBADF when it is not open
   */
  setCloseOnExec(handle: Handle, on: boolean): void {
    const { slots } = this
    const locked = slots.lock()
    let isThere: boolean
    try {
      isThere = slots.isOpen(handle)
      if (isThere) locked.setCloseOnExec(handle, on)
    } finally {
      locked.unlock()
    }
    if (isThere) return
    this.absent(handle)
    throw new HandleError('EBADF', { syscall: 'setCloseOnExec', handle })
  }

  /**
   * Marks the open handles from `first` to `last` close-on-exec (close_range(2), CLOSE_RANGE_CLOEXEC).
   *
   * @throws as {@link closeRange}
   */
  setCloseOnExecRange(first: Handle, last: Handle): void {
    const slots = this.owned()
    checkRange(first, last, 'setCloseOnExecRange')
    const locked = slots.lock()
    try {
      for (const handle of slots.openHandles(first, last)) locked.setCloseOnExec(handle, true)
    } finally {
      locked.unlock()
    }
  }

  // ── Looking ─────────────────────────────────────────────────────────────────────────────────────

  /** How many handles the table can ever hold. */
  get capacity(): number {
    return this.owned().capacity
  }

  /** New handles are below this number, which is from 0 to the capacity. */
  get limit(): number {
    return this.owned().limit
  }

  /**
   * Changes the limit. Handles above it stay open; only new placements fail.
   *
   * @throws EINVAL unless it is an integer from 0 to the capacity
   */
  setLimit(limit: number): void {
    const slots = this.owned()
    checkInteger(limit, 'limit', 0, slots.capacity, 'setLimit')
    const locked = slots.lock()
    try {
      locked.setLimit(limit)
    } finally {
      locked.unlock()
    }
  }

  /** How many handles are open. */
  openCount(): number {
    return this.owned().count
  }

  /** The open handles, ascending. */
  activeHandles(): Handle[] {
    return this.owned().openHandles()
  }

  /** Whether a handle is open. */
  isValidHandle(handle: Handle): boolean {
    return this.slots.isOpen(handle) || this.absent(handle, false)
  }

  /** Describes a handle and its object. Undefined if the handle is not open. */
  getObjectInfo(handle: Handle): KernelObjectInfo | undefined {
    const { slots } = this
    const open = slots.lookAt(handle)
    if (open === undefined) return this.absent(handle)
    try {
      return objectInfo(open, slots.looked)
    } finally {
      open.endBorrow()
    }
  }

  /**
   * Calls `f` for each handle that is open now, in ascending order, with its object, lent for that call, and a copy
   * of its metadata. Handles that `f` has closed meanwhile are skipped.
   *
   * @throws the error of `f`; EINVAL if it returned a promise
   */
  forEachWithMetadata(f: (handle: Handle, object: BorrowedObject, metadata: HandleMetadata) => void): void {
    const slots = this.owned()
    checkFunction(f, 'f', 'forEachWithMetadata')
    // The table that is walked stays the same, though `f` dispose of this owner or make it another table's.
    for (const handle of slots.openHandles()) {
      const open = slots.lookAt(handle)
      if (open === undefined) continue
      const metadata = decodeMetadata(slots.looked, open.status)
      lend(open, (object) => f(handle, object, metadata), 'forEachWithMetadata')
    }
  }

  // ── Private ─────────────────────────────────────────────────────────────────────────────────────

  /** The table, for calls that look up no handle. */
  private owned(): Slots {
    if (this.slots === NOTHING) throw disposed()
    return this.slots
  }

  /** The result of a lookup that found nothing. @throws if the owner was disposed of or the handle is not a number */
  private absent(handle: unknown): undefined
  private absent<T>(handle: unknown, closed: T): T
  private absent(handle: unknown, closed?: unknown): unknown {
    if (typeof handle !== 'number') throw invalid('handle', 'a number', handle)
    this.owned()
    return closed
  }

  /** {@link withObject} of a table that threads share, or of a handle that is not open. */
  private withShared<R>(handle: Handle, f: (object: BorrowedObject) => R): R | undefined {
    const open = this.slots.borrowAt(handle, 0)
    return open === undefined ? this.absent(handle) : lend(open, f, 'withObject')
  }

  private changeMetadata(handle: Handle, metadata: MetadataInit, syscall: string, narrows: boolean): void {
    const slots = this.owned()
    if (typeof handle !== 'number') this.absent(handle)
    changeMetadata(slots, handle, metadata, syscall, narrows)
  }

  private dup2Of(handle: Handle, target: Handle): number {
    if (handle !== target || typeof handle !== 'number') return duplicateAt(this.slots, handle, target, false)
    return this.slots.isOpen(handle) ? handle : -EBADF
  }

  private closeOne(handle: Handle): number {
    const { slots } = this
    const open = slots.remove(handle)
    if (open === undefined) return this.absent(handle, -EBADF)
    dropHolder(open)
    return 0
  }

  private clearRange(first: number, last: number, passes: (packed: number) => boolean = () => true): OpenObject[] {
    const locked = this.owned().lock()
    try {
      return locked.clearRange(first, last, passes)
    } finally {
      locked.unlock()
    }
  }
}

/** Another owner of these slots, which count it already. @internal */
export function ownerOf(slots: Slots): HandleTable {
  const owner = new HandleTable(OF_NOTHING)
  ;(owner as unknown as { slots: Slots }).slots = slots
  return owner
}

/** The slots of a table that the caller passes, which may come from another copy of core. @internal */
export function slotsOf(table: HandleTable, argument: string, syscall: string): Slots {
  if (brandOf(table) !== MAJOR || !('deepClone' in table)) throw foreign(argument, 'a HandleTable', table, syscall)
  const { slots } = table as unknown as { slots: Slots }
  if (slots.owners === 0) throw disposed()
  return slots
}

/** The slots of a table of its own. @throws EINVAL */
function slotsFor(options: HandleTableOptions): Slots {
  if (typeof options !== 'object' || (options as unknown) === null) throw invalid('options', 'an object', options, 'HandleTable')
  const { capacity = HandleTable.MAX_HANDLES, limit = capacity, kinds } = options
  checkInteger(capacity, 'capacity', 1, HIGHEST_CAPACITY, 'HandleTable')
  checkInteger(limit, 'limit', 0, capacity, 'HandleTable')
  return new PrivateSlots(capacity, limit, kinds === undefined ? undefined : toRegistry(kinds))
}

/** The handle of a result, or the error of its −errno. */
function placed(result: number, syscall: string, handle?: unknown): Handle {
  if (result >= 0) return result
  throw placingError(result, syscall, handle)
}

/** What a twin returns for a `HandleError`. Hooks may throw anything else, which is passed on. */
function errnoOrThrow(error: unknown): number {
  if (isBranded(error)) return -error.errno
  throw error
}

/** @throws EINVAL unless 0 ≤ first ≤ last; `last` may be any number above, even Infinity */
function checkRange(first: number, last: number, syscall: string): void {
  checkInteger(first, 'first', 0, Number.MAX_SAFE_INTEGER, syscall)
  if (last !== Infinity) checkInteger(last, 'last', first, Number.MAX_SAFE_INTEGER, syscall)
}
