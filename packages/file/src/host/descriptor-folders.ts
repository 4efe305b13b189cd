import { closeSync, fstatSync, lstatSync, openSync, readlinkSync } from 'node:fs'
import { errnoFrom, O_DIRECTORY, O_NOFOLLOW, O_RDONLY } from '@ht/core'
import { ENOENT, ENOTDIR } from '../errno.js'
import { pathIn, type Folder, type Folders } from '../fs-like/folders.js'
import type { ProcessFiles } from '../fs-like/process-files.js'

/** A directory that is held by a descriptor. */
interface DescriptorFolder extends Folder {
  readonly fd: number
  /** It is the root, which is always in the tree. */
  readonly isRoot: boolean
}

/** Names a place without opening what is there (open(2)); Node has no constant for it. */
const O_PATH = 0o10000000
const WAY = O_PATH | O_DIRECTORY | O_NOFOLLOW
const DELETED = ' (deleted)'

/**
 * Directories held by descriptors, on Linux. A name is used by way of `/proc/self/fd/N/name`, where the kernel
 * begins at the directory itself and not at a path, so that renaming or replacing one meanwhile changes
 * nothing about where a walk is. No directory is entered through a link.
 */
export class DescriptorFolders implements Folders<DescriptorFolder> {
  readonly root: DescriptorFolder
  readonly #processFiles: ProcessFiles

  /** Holds the root until it is closed. @throws what opening it throws */
  constructor(root: string, processFiles: ProcessFiles) {
    this.#processFiles = processFiles
    this.root = folderOf(openSync(root, O_PATH | O_DIRECTORY), true)
  }

  enter(folder: DescriptorFolder, name: string): DescriptorFolder | string | number {
    return this.#enter(folder, name, WAY)
  }

  /**
   * The directory above is found from the root, by the names that lead there now: `..` itself would lead out
   * of the tree when the directory was moved out.
   */
  up(folder: DescriptorFolder): DescriptorFolder | number {
    const path = this.pathOf(folder)
    if (typeof path === 'number') return path
    const names = path.split('/').slice(1, -1)
    let at = this.root
    for (const name of names) {
      const next = this.#enter(at, name, WAY)
      this.leave(at)
      if (typeof next !== 'object') return typeof next === 'number' ? next : -ENOENT
      at = next
    }
    return at
  }

  leave(folder: DescriptorFolder): void {
    if (folder !== this.root) closeSync(folder.fd)
  }

  open(folder: DescriptorFolder, name: string): DescriptorFolder | number {
    // Readable, unlike those on a way: who may pass through a directory need not be allowed to read it.
    const opened = this.#enter(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    if (typeof opened !== 'object') return typeof opened === 'string' ? -ENOTDIR : opened
    return folder.isRoot && name === '.' ? { ...opened, isRoot: true } : opened
  }

  close(folder: DescriptorFolder): void {
    closeSync(folder.fd)
  }

  check(folder: DescriptorFolder): number {
    if (folder.isRoot) return 0
    const path = this.pathOf(folder)
    return typeof path === 'number' ? path : 0
  }

  self(folder: DescriptorFolder): string {
    return pathIn(folder, '.')
  }

  pathOf(folder: DescriptorFolder): string | number {
    try {
      const root = readlinkSync(this.root.base)
      const path = readlinkSync(folder.base)
      if (path === root) return '/'
      const within = root === '/' ? '' : root
      if (!path.startsWith(`${within}/`)) return -ENOENT
      if (path.endsWith(DELETED) && fstatSync(folder.fd).nlink === 0) return -ENOENT
      return path.slice(within.length)
    } catch (error) {
      return errnoFrom(error)
    }
  }

  pinned<R>(folder: DescriptorFolder, name: string, use: (path: string) => R): R {
    const fd = openSync(pathIn(folder, name), O_PATH | O_NOFOLLOW)
    try {
      return use(folderOf(fd).base)
    } finally {
      closeSync(fd)
    }
  }

  judgeRename(): 'rename' {
    // Linux judges it, in the same step.
    return 'rename'
  }

  renamed(): void {
    // A descriptor is of the directory, wherever that goes.
  }

  removed(): void {
    // And it says itself that it was removed.
  }

  #enter(folder: DescriptorFolder, name: string, flags: number): DescriptorFolder | string | number {
    const path = pathIn(folder, name)
    try {
      return folderOf(openSync(path, flags))
    } catch (error) {
      const { code } = error as { code?: unknown }
      return code === 'ENOTDIR' || code === 'ELOOP' ? this.#linkAt(folder, name) : errnoFrom(error)
    }
  }

  /** Where a link leads, and −ENOTDIR for what is none. */
  #linkAt(folder: DescriptorFolder, name: string): string | number {
    const path = pathIn(folder, name)
    try {
      if (this.#processFiles.hides(lstatSync(path), folder, name)) return -ENOENT
      return readlinkSync(path)
    } catch (error) {
      const errno = errnoFrom(error)
      return errno === -ENOENT ? errno : -ENOTDIR
    }
  }
}

function folderOf(fd: number, isRoot = false): DescriptorFolder {
  return { fd, isRoot, base: `/proc/self/fd/${fd}` }
}
