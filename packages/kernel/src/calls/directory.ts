import {
  O_DIRECTORY,
  O_RDONLY,
  openObjectOf,
  readEntries,
  checkBytes,
  type DirectoryEntry,
  type Handle,
  type KernelObject,
  type OpenObject,
} from '@ht/core'
import { checkInteger } from '../check.js'
import { EBADF, ENOENT } from '../errno.js'
import { WorkingDirectory } from '../task/working-directory.js'
import { counted } from './answers.js'
import { AT_FDCWD, type Family } from './forms.js'
import { asDirectory, tableOf, withDirectory, withOpen, type Directory } from './lookup.js'
import type { RunningTask } from '../task/task.js'

/** Directories: reading them, and working in one. */
export interface DirectoryCalls {
  /**
   * All entries of a directory, `.` and `..` included, from its first on, by its path or its handle
   * (readdir(3)). The handle's own place stays.
   *
   * @throws EBADF, ENOTDIR, and the tree's own errors
   */
  readdir(directory: string | Handle): DirectoryEntry[]
  /**
   * Fills `out` with whole entries, which `readEntries` of `@ht/core` reads (getdents64(2)): how many bytes, 0
   * at the end. `cookie`: of the entry to go on after; 0 for the first; −1, the default, for where the
   * open directory stands, which then moves on.
   *
   * @throws EBADF, ENOTDIR; EINVAL when not even one entry fits
   */
  getdents(directory: Handle, out: Uint8Array, cookie?: number): number
  /** Works in another directory (chdir(2)). @throws the tree's own errors */
  chdir(path: string): void
  /** {@link chdir} to an open directory (fchdir(2)). @throws EBADF, ENOTDIR */
  fchdir(directory: Handle): void
  /** Where the working directory is now, from its tree's root (getcwd(3)). @throws ENOENT once it was removed */
  getcwd(): string
}

export const directoryCalls: Family<DirectoryCalls> = {
  readdir(directory) {
    if (typeof directory === 'string') {
      const object = openDirectory(this, directory)
      if (typeof object === 'number') return object
      try {
        return asDirectory(openObjectOf(object), readAll)
      } finally {
        object.release()
      }
    }
    return withOpen(this, directory, (open) => asDirectory(open, readAll))
  },

  getdents(directory, out, cookie = -1) {
    return withOpen(this, directory, (open) =>
      asDirectory(open, (methods) => {
        checkInteger(cookie, 'cookie', -1)
        return counted(methods.readDir(open, cookie, checkBytes(out, 'out')), out.length)
      }),
    )
  },

  chdir(path) {
    const object = openDirectory(this, path)
    if (typeof object === 'number') return object
    return enter(this, object)
  },

  fchdir(directory) {
    const object = tableOf(this, directory).get(directory)
    if (object === undefined) return -EBADF
    const entered = asDirectory(openObjectOf(object), () => enter(this, object))
    if (entered < 0) object.release()
    return entered
  },

  getcwd() {
    tableOf(this)
    const object = this.workingDirectory?.object
    return object === undefined ? -ENOENT : asDirectory(openObjectOf(object), (methods, open) => methods.pathOf(open))
  },
}

/** Opens a directory without a handle: the reference is the caller's; or −errno. */
export function openDirectory(task: RunningTask, path: string): KernelObject | number {
  return withDirectory(task, AT_FDCWD, path, (methods, open) => methods.openAt(open, path, O_RDONLY | O_DIRECTORY, 0))
}

function enter(task: RunningTask, object: KernelObject): number {
  const before = task.workingDirectory
  task.workingDirectory = new WorkingDirectory(object)
  before?.leave()
  return 0
}

/** Reads a directory from its first entry to its last. */
function readAll(methods: Directory, open: OpenObject): DirectoryEntry[] | number {
  const entries: DirectoryEntry[] = []
  // Room for every name that any system has.
  const out = new Uint8Array(65_536)
  for (;;) {
    const filled = counted(methods.readDir(open, entries.at(-1)?.cookie ?? 0, out), out.length)
    if (filled <= 0) return filled === 0 ? entries : filled
    entries.push(...readEntries(out, filled))
  }
}
