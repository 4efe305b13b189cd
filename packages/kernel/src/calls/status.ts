import {
  AT_SYMLINK_NOFOLLOW,
  BENEATH,
  checkBytes,
  endBorrow,
  FileOps,
  InodeOps,
  methodsOf,
  readStat,
  STAT_BYTES,
  writeStat,
  type Handle,
  type OpenObject,
  type Stat,
} from '@ht/core'
import { checkFlags } from '../check.js'
import { counted } from './answers.js'
import { AT_FDCWD, failed, succeeding, type Family } from './forms.js'
import { absent, lend, withDirectory } from './lookup.js'
import type { RunningTask } from '../task/task.js'

/** What is known of files and other objects. */
export interface StatusCalls {
  /**
   * What is known of what a handle names (fstat(2)). The ends of one pipe are one inode. An object
   * without one has the type of its kind, and its own number.
   *
   * @throws EBADF
   */
  fstat(handle: Handle): Stat
  /** What is known of what a path names, symbolic links followed (stat(2)). */
  stat(path: string): Stat
  /** {@link stat} of a symbolic link itself (lstat(2)). */
  lstat(path: string): Stat
  /** {@link stat} from a directory (fstatat(2)). Flags: AT_SYMLINK_NOFOLLOW. */
  fstatat(directory: Handle, path: string, flags?: number): Stat
}

/** The errno forms fill `out`, of STAT_BYTES at least, with what `readStat` reads: 0 or −errno. */
export interface StatusErrnoForms {
  fstat(handle: Handle, out: Uint8Array): number
  stat(path: string, out: Uint8Array): number
  lstat(path: string, out: Uint8Array): number
  fstatat(directory: Handle, path: string, flags: number, out: Uint8Array): number
}

/** fstat(2) alone: it is asked often enough to catch by itself. */
export const fstatCall: Family<Pick<StatusErrnoForms, 'fstat'>> = {
  fstat(handle, out) {
    const open = lend(this, handle)
    if (open === undefined) return absent(this, handle)
    let result: number
    try {
      checkBytes(out, 'out')
      const stat = (methodsOf(open, FileOps) ?? methodsOf(open, InodeOps))?.stat(open, out)
      result = counted(stat ?? statOther(open, out), out.length)
    } catch (error) {
      result = failed(this, error)
    }
    endBorrow(open)
    return result
  },
}

export const statusCalls: Family<Omit<StatusErrnoForms, 'fstat'>> = {
  stat(path, out) {
    return statusCalls.fstatat.call(this, AT_FDCWD, path, 0, out)
  },

  lstat(path, out) {
    return statusCalls.fstatat.call(this, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, out)
  },

  fstatat(directory, path, flags, out) {
    checkFlags(flags, 'flags', AT_SYMLINK_NOFOLLOW | BENEATH)
    checkBytes(out, 'out')
    return withDirectory(this, directory, path, (methods, open) => methods.statAt(open, path, flags, out))
  },
}

/** The forms that throw, and give the stat as an object. */
export const statusForms: StatusCalls & ThisType<RunningTask> = {
  fstat: statForm('fstat'),
  stat: statForm('stat'),
  lstat: statForm('lstat'),
  fstatat(directory, path, flags = 0) {
    return statForm('fstatat').call(this, directory, path, flags)
  },
}

/** The form of a call that throws. The bytes to fill are the errno form's last argument. */
function statForm(name: keyof StatusCalls): (this: unknown, ...args: unknown[]) => Stat {
  return function (this: unknown, ...args) {
    const out = new Uint8Array(STAT_BYTES)
    succeeding(this as RunningTask, name, [...args, out])
    return readStat(out)
  }
}

/** Of the types of objects that are no files, the type bits and permissions that Linux shows. */
const OTHER_MODES: Readonly<Record<number, number>> = {
  2: 0o010600, // a pipe
  4: 0o020620, // a character device
  5: 0o060660, // a block device
  7: 0o140777, // a socket
}

function statOther(open: OpenObject, out: Uint8Array): number {
  const mode = OTHER_MODES[open.kind.type] ?? 0o600
  return writeStat(out, { ...readStat(new Uint8Array(STAT_BYTES)), ino: open.id, mode, nlink: 1, blksize: 4096 })
}
