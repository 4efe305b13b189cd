import {
  APPEND,
  ControlOps,
  FIOASYNC,
  FIOCLEX,
  FIONBIO,
  FIONCLEX,
  FIONREAD,
  methodsOf,
  NONBLOCK,
  O_ASYNC,
  O_CLOEXEC,
  PipeOps,
  READABLE,
  STATUS,
  WRITABLE,
  type Handle,
  type HandleType,
  type AccessMode,
  type KernelObjectInfo,
  type OpenObject,
  checkBytes,
} from '@ht/core'
import { SocketOps } from '@ht/core/socket'
import { checkFlags, checkInteger, checkOptions, type OptionNames } from '../check.js'
import { EBADF, EINVAL, ENOTTY } from '../errno.js'
import { unshareTable } from '../task/tables.js'
import { FD_CLOEXEC, F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_GETFL, F_GETPIPE_SZ, F_SETFD, F_SETFL, F_SETPIPE_SZ } from './fcntl.js'
import { type Family } from './forms.js'
import { tableOf, withOpen } from './lookup.js'

/** Handles: closing and duplicating them, and what is kept with them. */
export interface HandleCalls {
  /** Frees the number, then gives the object back (close(2)). @throws EBADF */
  close(handle: Handle): void
  /**
   * Closes all handles from `first` to `last` (close_range(2)), of a table of the task's own with
   * CLOSE_RANGE_UNSHARE; with CLOSE_RANGE_CLOEXEC it marks them close-on-exec instead.
   *
   * @throws EINVAL for other flags, or a `first` over `last`
   */
  closeRange(first: Handle, last: Handle, flags?: number): void
  /** Another handle for the same open object: the lowest free number (dup(2)). @throws EBADF, EMFILE */
  dup(handle: Handle): Handle
  /** Makes `target` name what `handle` names, in one step (dup2(2)). @throws EBADF; EBUSY while `target` is being opened */
  dup2(handle: Handle, target: Handle): Handle
  /** {@link dup2} with O_CLOEXEC or 0 (dup3(2)). @throws EINVAL for other flags and for equal numbers, before EBADF */
  dup3(handle: Handle, target: Handle, flags?: number): Handle
  /**
   * F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETPIPE_SZ, F_SETPIPE_SZ (fcntl(2)).
   *
   * @throws EBADF, also for the size if it is not a pipe; EINVAL for other commands
   */
  fcntl(handle: Handle, command: number, argument?: number): number
  /**
   * A request of one sort of device (ioctl(2)); what `argument` holds is the request's. FIOCLEX and FIONCLEX, FIONBIO and
   * FIOASYNC, whose argument is a 32-bit integer, are for any object.
   *
   * @throws EBADF; EINVAL for an argument that is too short; ENOTTY for a request that the object does not know
   */
  ioctl(handle: Handle, request: number, argument: Uint8Array): number
  /** How many bytes can be read at once (FIONREAD). @throws EBADF; ENOTTY for what does not know */
  bytesWaiting(handle: Handle): number
  /** What there is to know of a handle and its object. @throws EBADF */
  queryHandle(handle: Handle): KernelObjectInfo
  /**
   * Says what a handle is for, and what of its mode is to stay. A mode is only ever narrowed; the object's
   * other handles keep theirs.
   *
   * @throws EBADF; EPERM for a mode that the handle does not have; EINVAL for what is neither role nor mode
   */
  setHandleRole(handle: Handle, role: HandleRole): void
  /** New handles are below it (getrlimit(2), RLIMIT_NOFILE). */
  getHandleLimit(): number
  /** Moves the limit; what is open over it stays open. @throws EINVAL unless it is an integer from 0 to the table's capacity */
  setHandleLimit(limit: number): void
}

/** What a handle is for. What is left out stays as it was. */
export interface HandleRole {
  readonly handleType?: HandleType
  readonly accessMode?: AccessMode
}

const ROLE: OptionNames<HandleRole> = { handleType: true, accessMode: true }

/** Flags of close_range(2). */
export const CLOSE_RANGE_UNSHARE = 2
export const CLOSE_RANGE_CLOEXEC = 4

export const handleCalls: Family<HandleCalls> = {
  close(handle) {
    return tableOf(this, handle).closeErrno(handle)
  },

  closeRange(first, last, flags = 0) {
    checkFlags(flags, 'flags', CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)
    // What is wrong with the range is to be known before the table is copied.
    checkInteger(first, 'first', 0)
    if (last !== Infinity) checkInteger(last, 'last', first)
    tableOf(this)
    if ((flags & CLOSE_RANGE_UNSHARE) !== 0) unshareTable(this)
    if ((flags & CLOSE_RANGE_CLOEXEC) !== 0) this.table.setCloseOnExecRange(first, last)
    else this.table.closeRange(first, last)
    return 0
  },

  dup(handle) {
    return tableOf(this, handle).dupErrno(handle)
  },

  dup2(handle, target) {
    return tableOf(this, handle, target).dup2Errno(handle, target)
  },

  dup3(handle, target, flags = 0) {
    const table = tableOf(this, handle, target)
    checkFlags(flags, 'flags', O_CLOEXEC)
    return table.dup3Errno(handle, target, flags !== 0)
  },

  fcntl(handle, command, argument = 0) {
    return withOpen(this, handle, (open, access) => {
      const isCloseOnExec = this.table.foundCloseOnExec
      checkInteger(command, 'command')
      checkInteger(argument, 'argument')
      switch (command) {
        case F_DUPFD:
        case F_DUPFD_CLOEXEC:
          // These two are the table's own steps, and look the handle up for themselves.
          if (argument < 0 || argument >= this.table.limit) return -EINVAL
          return this.table.dupErrno(handle, argument, command === F_DUPFD_CLOEXEC)
        case F_SETFD:
          this.table.setCloseOnExec(handle, (argument & FD_CLOEXEC) !== 0)
          return 0
        case F_GETFD:
          return isCloseOnExec ? FD_CLOEXEC : 0
        case F_GETFL:
          return openMode(access) | (open.status & STATUS)
        case F_SETFL:
          setStatus(open, signals(open) ? SETTABLE | O_ASYNC : SETTABLE, argument)
          return 0
        case F_GETPIPE_SZ:
          return methodsOf(open, PipeOps)?.capacity(open) ?? -EBADF
        case F_SETPIPE_SZ:
          return methodsOf(open, PipeOps)?.setCapacity(open, argument) ?? -EBADF
        default:
          return -EINVAL
      }
    })
  },

  ioctl(handle, request, argument) {
    return withOpen(this, handle, (open) => {
      checkInteger(request, 'request', 0)
      checkBytes(argument, 'argument')
      switch (request) {
        case FIOCLEX:
        case FIONCLEX:
          this.table.setCloseOnExec(handle, request === FIOCLEX)
          return 0
        case FIONBIO:
          return switchStatus(open, NONBLOCK, argument)
        case FIOASYNC:
          return signals(open) ? switchStatus(open, O_ASYNC, argument) : -ENOTTY
      }
      return methodsOf(open, ControlOps)?.control(open, request, argument) ?? -ENOTTY
    })
  },

  bytesWaiting(handle) {
    const count = new Int32Array(1)
    const result = handleCalls.ioctl.call(this, handle, FIONREAD, new Uint8Array(count.buffer))
    return result < 0 ? result : count[0]!
  },

  queryHandle(handle) {
    return tableOf(this, handle).getObjectInfo(handle) ?? -EBADF
  },

  setHandleRole(handle, role) {
    const table = tableOf(this, handle)
    if (!table.isValidHandle(handle)) return -EBADF
    checkOptions(role, ROLE, 'role')
    const { handleType, accessMode } = role
    table.narrowMetadata(handle, {
      ...(handleType !== undefined && { handleType }),
      ...(accessMode !== undefined && { accessMode }),
    })
    return 0
  },

  getHandleLimit() {
    return tableOf(this).limit
  },

  setHandleLimit(limit) {
    tableOf(this).setLimit(limit)
    return 0
  },
}

/** What F_SETFL changes of any open object. */
const SETTABLE = APPEND | NONBLOCK

function setStatus(open: OpenObject, which: number, to: number): void {
  open.status = (open.status & ~which) | (to & which)
}

/** Sets a status flag as a 32-bit integer says: 0 for off (ioctl(2)). */
function switchStatus(open: OpenObject, flag: number, argument: Uint8Array): number {
  if (argument.length < 4) return -EINVAL
  setStatus(open, flag, argument.subarray(0, 4).some((byte) => byte !== 0) ? flag : 0)
  return 0
}

/** Whether signals could tell of an object's readiness: a pipe's or a socket's. Without an owner, none is sent. */
function signals(open: OpenObject): boolean {
  return methodsOf(open, PipeOps) !== undefined || methodsOf(open, SocketOps) !== undefined
}

/** O_RDONLY, O_WRONLY or O_RDWR. */
function openMode(access: number): number {
  return access === (READABLE | WRITABLE) ? 2 : access - 1
}
