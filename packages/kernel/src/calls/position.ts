import {
  checkBytes,
  DirectoryOps,
  endBorrow,
  FileOps,
  methodsOf,
  READABLE,
  SEEK_CUR,
  WRITABLE,
  type Handle,
  type OpenObject,
} from '@ht/core'
import { invalid } from '../check.js'
import { EBADF, EINVAL, EISDIR, ESPIPE } from '../errno.js'
import { counted } from './answers.js'
import { failed, type Family } from './forms.js'
import { absent, allowed, lend, withOpen } from './lookup.js'
import type { RunningTask } from '../task/task.js'

/** Positions in a file. All positions and lengths are bytes. */
export interface PositionCalls {
  /**
   * Reads at a position; the offset stays (pread(2)).
   *
   * @throws EINVAL for a position that is not an integer from 0 up, before all else; EBADF when the handle is not
   *   open; ESPIPE for what has no positions, before the mode is looked at; then as `read`
   */
  pread(handle: Handle, buffer: Uint8Array, position: number): number
  /**
   * Writes at a position; the offset stays; an object with append writes at the end all the same (pwrite(2)).
   *
   * @throws as {@link pread}
   */
  pwrite(handle: Handle, bytes: Uint8Array, position: number): number
  /**
   * Moves the offset, which all duplicates share, and gives it (lseek(2)). `origin`: SEEK_SET, SEEK_CUR or
   * SEEK_END.
   *
   * @throws EBADF; EINVAL for an origin that there is not, before ESPIPE for what has no offset; EINVAL for an
   *   offset that is not an integer or leads before the start
   */
  lseek(handle: Handle, offset: number, origin: number): number
}

/** What a file stores. */
export interface StorageCalls {
  /**
   * Cuts a file, or extends it with zeros (ftruncate(2)).
   *
   * @throws EINVAL for a length that is not an integer from 0 up, before EBADF; EINVAL if it is not a file, or is a
   *   handle that cannot be written
   */
  ftruncate(handle: Handle, length: number): void
  /**
   * Returns when the data, and unless `dataOnly` its metadata too, is stored (fsync(2), fdatasync(2)).
   *
   * @throws EBADF; EINVAL for what is not stored anywhere
   */
  fsync(handle: Handle, dataOnly?: boolean): void
}

export const positionCalls: Family<PositionCalls> = {
  pread(handle, buffer, position) {
    if (!isPosition(position)) return wrongPosition(this, position)
    const open = lend(this, handle)
    if (open === undefined) return absent(this, handle)
    const access = allowed(this)
    let result: number
    try {
      const file = (access & READABLE) === 0 ? undefined : methodsOf(open, FileOps)
      result =
        file === undefined
          ? refusal(open, -EISDIR)
          : counted(file.pread(open, checkBytes(buffer, 'buffer'), position), buffer.length)
    } catch (error) {
      result = failed(this, error)
    }
    endBorrow(open)
    return result
  },

  pwrite(handle, bytes, position) {
    if (!isPosition(position)) return wrongPosition(this, position)
    const open = lend(this, handle)
    if (open === undefined) return absent(this, handle)
    const access = allowed(this)
    let result: number
    try {
      const file = (access & WRITABLE) === 0 ? undefined : methodsOf(open, FileOps)
      result =
        file === undefined
          ? refusal(open, -EBADF)
          : counted(file.pwrite(open, checkBytes(bytes, 'bytes'), position), bytes.length)
    } catch (error) {
      result = failed(this, error)
    }
    endBorrow(open)
    return result
  },

  lseek(handle, offset, origin) {
    const open = lend(this, handle)
    if (open === undefined) return absent(this, handle)
    let result: number
    try {
      // Linux knows two origins more, SEEK_DATA and SEEK_HOLE: whether an object does, it says itself.
      if (!(origin >= 0 && origin <= 4)) result = -EINVAL
      else if (!Number.isSafeInteger(offset)) result = failed(this, invalid('offset', 'an integer', offset))
      else result = counted(methodsOf(open, FileOps)?.seek(open, offset, origin) ?? -ESPIPE, Number.MAX_SAFE_INTEGER)
    } catch (error) {
      result = failed(this, error)
    }
    endBorrow(open)
    return result
  },
}

/** The calls on what a file stores. */
export const storageCalls: Family<StorageCalls> = {
  ftruncate(handle, length) {
    if (!isPosition(length)) throw invalid('length', 'an integer from 0 up', length)
    return withOpen(this, handle, (open, access) =>
      (access & WRITABLE) === 0 ? -EINVAL : (methodsOf(open, FileOps)?.truncate(open, length) ?? -EINVAL),
    )
  },

  fsync(handle, dataOnly = false) {
    return withOpen(this, handle, (open) => methodsOf(open, FileOps)?.sync(open, dataOnly ? 1 : 0) ?? -EINVAL)
  },
}

/** Why an object cannot be read or written at a position: what has none says so before its mode is looked at. */
function refusal(open: OpenObject, ofDirectory: number): number {
  const file = methodsOf(open, FileOps)
  if (file === undefined) return methodsOf(open, DirectoryOps) === undefined ? -ESPIPE : ofDirectory
  return file.seek(open, 0, SEEK_CUR) === -ESPIPE ? -ESPIPE : -EBADF
}

function isPosition(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function wrongPosition(task: RunningTask, position: unknown): number {
  return failed(task, invalid('position', 'an integer from 0 up', position))
}
