import {
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  BENEATH,
  FileOps,
  InodeOps,
  methodsOf,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_RDONLY,
  OMIT,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  STAT_BYTES,
  type Handle,
  type OpenObject,
} from '@ht/core'
import { checkFlags, checkInteger, checkText } from '../check.js'
import { EINVAL, ENOENT } from '../errno.js'
import { counted } from './answers.js'
import { AT_FDCWD, type Family } from './forms.js'
import { checkPath, tableOf, withDirectories, withDirectory, withOpen } from './lookup.js'
import { opening } from './place.js'
import type { Directory } from './lookup.js'
import type { RunningTask } from '../task/task.js'

/**
 * Names in trees of files. A path begins at the working directory; in a call whose name ends in `at`, at the
 * directory that the handle names, or at the working directory for AT_FDCWD. One that begins with `/` begins
 * at the kernel's root whatever the handle. Besides what is said here each call gives the tree's own errors:
 * ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP, EEXIST, EROFS, …; EINVAL for a path that is not a string or holds a NUL. Errors come in
 * the order of Linux: EINVAL for flags, what is wrong with the paths themselves (empty, or too long), EBADF or ENOTDIR for
 * the handle, and what the walk meets from left to right. With
 * BENEATH among the flags of a call whose name ends in `at`, a path that begins with `/` or leads above the directory
 * is EXDEV (openat2(2), RESOLVE_BENEATH).
 */
export interface NameCalls {
  /**
   * Opens a file or directory (open(2)): the lowest free number. `flags` are O_… bits; `mode` holds the
   * permissions of a file that O_CREAT makes, less the task's umask.
   *
   * @throws EINVAL, ENOENT for an empty path, then EMFILE, before anything is opened or created; then the
   *   tree's own errors
   */
  open(path: string, flags?: number, mode?: number): Handle
  /** {@link open} from a directory (openat(2)). @throws EBADF, ENOTDIR for the directory, after EMFILE */
  openat(directory: Handle, path: string, flags?: number, mode?: number): Handle
  /** Makes a directory (mkdir(2)). */
  mkdir(path: string, mode?: number): void
  /** (mkdirat(2)). The mode may hold BENEATH. */
  mkdirat(directory: Handle, path: string, mode?: number): void
  /** Removes the name of a file (unlink(2)). */
  unlink(path: string): void
  /** Removes an empty directory (rmdir(2)). */
  rmdir(path: string): void
  /** Removes a name, with AT_REMOVEDIR of an empty directory (unlinkat(2)). */
  unlinkat(directory: Handle, path: string, flags?: number): void
  /** Renames in one step (rename(2)). @throws EXDEV between two trees */
  rename(path: string, newPath: string): void
  /** (renameat2(2)). Flags: RENAME_NOREPLACE, RENAME_EXCHANGE. */
  renameat(directory: Handle, path: string, newDirectory: Handle, newPath: string, flags?: number): void
  /** Gives a file another name (link(2)). @throws EXDEV between two trees */
  link(path: string, newPath: string): void
  /** (linkat(2)). Flags: AT_SYMLINK_FOLLOW. */
  linkat(directory: Handle, path: string, newDirectory: Handle, newPath: string, flags?: number): void
  /** Makes a symbolic link at `path` (symlink(2)). */
  symlink(target: string, path: string): void
  /** (symlinkat(2)). Flags: BENEATH, which is for `path` and not for where the link leads. */
  symlinkat(target: string, directory: Handle, path: string, flags?: number): void
  /** The target of a symbolic link (readlink(2)). */
  readlink(path: string): string
  /** (readlinkat(2)). Flags: BENEATH. */
  readlinkat(directory: Handle, path: string, flags?: number): string
  /** Sets permission bits (chmod(2)). */
  chmod(path: string, mode: number): void
  /** (fchmodat(2)). Flags: AT_SYMLINK_NOFOLLOW. */
  fchmodat(directory: Handle, path: string, mode: number, flags?: number): void
  fchmod(handle: Handle, mode: number): void
  /** Sets the times of access and change: microseconds since 1970, or OMIT; with both omitted nothing is looked at (utimensat(2)). */
  utimes(path: string, accessed: number, modified: number): void
  utimensat(directory: Handle, path: string, accessed: number, modified: number, flags?: number): void
  futimens(handle: Handle, accessed: number, modified: number): void
  /** Which permission bits new files and directories do not get; gives what it was (umask(2)). 0o022 in a task of the host's. */
  umask(mask: number): number
}

const PERMISSIONS = 0o7777

/** The calls whose path begins at a directory that is given, and those that have no path. */
const atCalls: Family<Omit<NameCalls, PathCalls>> = {
  openat(directory, path, flags = O_RDONLY, mode = 0o666) {
    checkText(path, 'path')
    checkFlags(flags, 'flags')
    checkFlags(mode, 'mode')
    const table = tableOf(this)
    if ((flags & O_CREAT) !== 0 && (flags & O_DIRECTORY) !== 0) return -EINVAL
    const refused = checkPath(path)
    if (refused < 0) return refused
    const allowed = mode & PERMISSIONS & ~this.mask
    return opening(table, flags & O_CLOEXEC, () =>
      withDirectory(this, directory, path, (methods, open) => methods.openAt(open, path, flags & ~O_CLOEXEC, allowed)),
    )
  },

  mkdirat(directory, path, mode = 0o777) {
    checkFlags(mode, 'mode')
    const allowed = (mode & PERMISSIONS & ~this.mask) | (mode & BENEATH)
    return withDirectory(this, directory, path, (methods, open) => methods.mkdirAt(open, path, allowed))
  },

  unlinkat(directory, path, flags = 0) {
    checkFlags(flags, 'flags', AT_REMOVEDIR | BENEATH)
    return withDirectory(this, directory, path, (methods, open) => methods.unlinkAt(open, path, flags))
  },

  renameat(directory, path, newDirectory, newPath, flags = 0) {
    checkFlags(flags, 'flags', RENAME_NOREPLACE | RENAME_EXCHANGE | BENEATH)
    if ((flags & RENAME_NOREPLACE) !== 0 && (flags & RENAME_EXCHANGE) !== 0) return -EINVAL
    return withDirectories(
      this,
      [directory, path],
      [newDirectory, newPath],
      (methods, open) => walk(methods, open, parentOf(path), flags & BENEATH),
      (methods, open, target) => methods.renameAt(open, path, target, newPath, flags),
    )
  },

  linkat(directory, path, newDirectory, newPath, flags = 0) {
    checkFlags(flags, 'flags', AT_SYMLINK_FOLLOW | BENEATH)
    const how = (flags & BENEATH) | ((flags & AT_SYMLINK_FOLLOW) === 0 ? AT_SYMLINK_NOFOLLOW : 0)
    return withDirectories(
      this,
      [directory, path],
      [newDirectory, newPath],
      (methods, open) => walk(methods, open, path, how),
      (methods, open, target) => methods.linkAt(open, path, target, newPath, flags),
    )
  },

  symlinkat(target, directory, path, flags = 0) {
    checkFlags(flags, 'flags', BENEATH)
    tableOf(this)
    const refused = checkPath(target, 'target')
    if (refused < 0) return refused
    return withDirectory(this, directory, path, (methods, open) => methods.symlinkAt(open, target, path, flags))
  },

  readlinkat(directory, path, flags = 0) {
    checkFlags(flags, 'flags', BENEATH)
    // An empty path is the handle's own, so the handle comes first here, and what is open there is no link.
    if (path === '') return directory === AT_FDCWD ? -ENOENT : withOpen(this, directory, () => -ENOENT)
    return withDirectory(this, directory, path, (methods, open) => {
      const target = methods.readlinkAt(open, path, flags)
      // A number is no target, also one from 0 up.
      return typeof target === 'string' ? target : counted(target, -1)
    })
  },

  fchmodat(directory, path, mode, flags = 0) {
    checkFlags(mode, 'mode')
    checkFlags(flags, 'flags', AT_SYMLINK_NOFOLLOW | BENEATH)
    return withDirectory(this, directory, path, (methods, open) => methods.setModeAt(open, path, mode & PERMISSIONS, flags))
  },

  fchmod(handle, mode) {
    checkFlags(mode, 'mode')
    return withOpen(
      this,
      handle,
      (open) => (methodsOf(open, FileOps) ?? methodsOf(open, InodeOps))?.setMode(open, mode & PERMISSIONS) ?? -EINVAL,
    )
  },

  utimensat(directory, path, accessed, modified, flags = 0) {
    checkTimes(accessed, modified)
    tableOf(this)
    if (accessed === OMIT && modified === OMIT) return 0
    checkFlags(flags, 'flags', AT_SYMLINK_NOFOLLOW | BENEATH)
    return withDirectory(this, directory, path, (methods, open) => methods.setTimesAt(open, path, accessed, modified, flags))
  },

  futimens(handle, accessed, modified) {
    checkTimes(accessed, modified)
    tableOf(this, handle)
    if (accessed === OMIT && modified === OMIT) return 0
    return withOpen(
      this,
      handle,
      (open) => (methodsOf(open, FileOps) ?? methodsOf(open, InodeOps))?.setTimes(open, accessed, modified) ?? -EINVAL,
    )
  },

  umask(mask) {
    checkInteger(mask, 'mask', 0)
    tableOf(this)
    const before = this.mask
    this.mask = mask & 0o777
    return before
  },
}

/** The calls whose path begins at the working directory. */
type PathCalls = 'open' | 'mkdir' | 'unlink' | 'rmdir' | 'rename' | 'link' | 'symlink' | 'readlink' | 'chmod' | 'utimes'

export const nameCalls: Family<NameCalls> = {
  ...atCalls,
  open: fromHere(atCalls.openat),
  mkdir: fromHere(atCalls.mkdirat),
  readlink: fromHere(atCalls.readlinkat),
  chmod: fromHere(atCalls.fchmodat),
  utimes: fromHere(atCalls.utimensat),
  unlink(path) {
    return atCalls.unlinkat.call(this, AT_FDCWD, path)
  },
  rmdir(path) {
    return atCalls.unlinkat.call(this, AT_FDCWD, path, AT_REMOVEDIR)
  },
  rename(path, newPath) {
    return atCalls.renameat.call(this, AT_FDCWD, path, AT_FDCWD, newPath)
  },
  link(path, newPath) {
    return atCalls.linkat.call(this, AT_FDCWD, path, AT_FDCWD, newPath)
  },
  symlink(target, path) {
    return atCalls.symlinkat.call(this, target, AT_FDCWD, path)
  },
}

/** The call that begins at the working directory. */
function fromHere<A extends unknown[], R>(
  call: (this: RunningTask, directory: Handle, ...args: A) => R,
): (this: RunningTask, ...args: A) => R {
  return function (...args) {
    return call.call(this, AT_FDCWD, ...args)
  }
}

/** Whether a path leads somewhere: 0 or −errno. `flags`: AT_SYMLINK_NOFOLLOW, BENEATH. */
function walk(methods: Directory, open: OpenObject, path: string, flags: number): number {
  return path === '' ? 0 : methods.statAt(open, path, flags, new Uint8Array(STAT_BYTES))
}

/** The directory that the last name of a path is in, as a path; '' where it is the one that the path begins at. */
function parentOf(path: string): string {
  return path.replace(/[^/]*\/*$/, '')
}

function checkTimes(accessed: number, modified: number): void {
  checkInteger(accessed, 'accessed')
  checkInteger(modified, 'modified')
}
