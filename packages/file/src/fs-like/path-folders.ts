import { errnoFrom, S_IFDIR, S_IFLNK, S_IFMT, type Stat } from '@ht/core'
import { EINVAL, ENOENT, ENOTDIR, ENOTEMPTY } from '../errno.js'
import { ruleOfReplace } from '../path/rules.js'
import { pathIn, type Folder, type Folders } from './folders.js'
import { isPlainName } from './plain-name.js'
import type { ProcessFiles } from './process-files.js'
import type { FsLike } from './fs.js'

/** A directory that is held by its path, and known again by its inode number. */
interface PathFolder extends Folder {
  readonly dev: number
  readonly ino: number
  /** Removed through this tree. */
  gone: boolean
}

/**
 * Directories held by path, for file systems that have no other way. Each name on a way is looked at before it
 * is entered, so a link is never followed by the file system. Renames and removals through the tree are taken
 * along; when an outsider put something else in an open directory's place, the directory counts as gone.
 *
 * What an outsider changes between the look and the use is not noticed. Where nobody else works on the file
 * system at the same moment, as in one of JavaScript, there is no such moment.
 */
export class PathFolders implements Folders<PathFolder> {
  readonly root: PathFolder
  readonly #fs: FsLike
  readonly #processFiles: ProcessFiles
  readonly #open = new Set<PathFolder>()

  /** @throws what looking at the root throws; ENOTDIR */
  constructor(fs: FsLike, root: string, processFiles: ProcessFiles) {
    this.#fs = fs
    this.#processFiles = processFiles
    const base = root.replace(/\/+$/, '')
    this.root = folderOf(base, fs.lstatSync(`${base}/.`))
  }

  enter(folder: PathFolder, name: string): PathFolder | string | number {
    if (!isPlainName(name)) return -EINVAL
    const path = pathIn(folder, name)
    try {
      const stat = this.#fs.lstatSync(path)
      if (this.#processFiles.hides(stat, folder, name)) return -ENOENT
      const type = stat.mode & S_IFMT
      if (type === S_IFLNK) return String(this.#fs.readlinkSync(path))
      return type === S_IFDIR ? folderOf(path, stat) : -ENOTDIR
    } catch (error) {
      return errnoFrom(error)
    }
  }

  up(folder: PathFolder): PathFolder | number {
    if (folder.base === this.root.base) return this.root
    const base = folder.base.slice(0, folder.base.lastIndexOf('/'))
    try {
      return base === this.root.base ? this.root : folderOf(base, this.#fs.lstatSync(base))
    } catch (error) {
      return errnoFrom(error)
    }
  }

  leave(): void {
    // A path holds nothing.
  }

  open(folder: PathFolder, name: string): PathFolder | number {
    const found = name === '.' ? { ...folder } : this.enter(folder, name)
    if (typeof found === 'string') return -ENOTDIR
    if (typeof found === 'object') this.#open.add(found)
    return found
  }

  close(folder: PathFolder): void {
    this.#open.delete(folder)
  }

  check(folder: PathFolder): number {
    if (folder.base === this.root.base) return 0
    if (folder.gone) return -ENOENT
    try {
      const { mode, dev, ino } = this.#fs.lstatSync(folder.base)
      return (mode & S_IFMT) === S_IFDIR && dev === folder.dev && ino === folder.ino ? 0 : -ENOENT
    } catch (error) {
      return errnoFrom(error)
    }
  }

  self(folder: PathFolder): string | number {
    const refused = this.check(folder)
    return refused < 0 ? refused : pathIn(folder, '.')
  }

  pathOf(folder: PathFolder): string | number {
    const refused = this.check(folder)
    return refused < 0 ? refused : folder.base.slice(this.root.base.length) || '/'
  }

  pinned<R>(folder: PathFolder, name: string, use: (path: string) => R): R {
    return use(pathIn(folder, name))
  }

  /** As rename(2) has it. File systems of JavaScript leave some of it out, and lose files then. */
  judgeRename(path: string, moved: Stat, newPath: string, replaced: Stat | undefined): 'rename' | 'nothing' | number {
    if (isBelow(newPath, path)) return -EINVAL
    if (isBelow(path, newPath)) return -ENOTEMPTY
    if (replaced === undefined) return 'rename'
    if (moved.ino === replaced.ino && moved.dev === replaced.dev) return 'nothing'
    const refused = ruleOfReplace(moved.mode & S_IFMT, replaced.mode & S_IFMT)
    if (refused < 0) return refused
    return (replaced.mode & S_IFMT) === S_IFDIR && !this.#isEmpty(newPath) ? -ENOTEMPTY : 'rename'
  }

  renamed(from: PathFolder, name: string, to: PathFolder, newName: string): void {
    const old = pathIn(from, name)
    const now = pathIn(to, newName)
    if (old === now) return
    this.removed(to, newName)
    for (const folder of this.#open) {
      if (isAtOrBelow(folder, old)) folder.base = now + folder.base.slice(old.length)
    }
  }

  removed(folder: PathFolder, name: string): void {
    const path = pathIn(folder, name)
    for (const open of this.#open) {
      if (!isAtOrBelow(open, path)) continue
      open.gone = true
      // So that it is not taken for what comes to that path; no file system takes a NUL.
      open.base = '\0'
    }
  }

  #isEmpty(path: string): boolean {
    try {
      return this.#fs.readdirSync(path).length === 0
    } catch {
      // It may not be read: the rename itself will tell.
      return true
    }
  }
}

function isBelow(path: string, above: string): boolean {
  return path.startsWith(`${above}/`)
}

function folderOf(base: string, { dev, ino, mode }: Stat): PathFolder {
  if ((mode & S_IFMT) !== S_IFDIR) throw Object.assign(new Error(`${base} is not a directory`), { code: 'ENOTDIR' })
  return { base, dev, ino, gone: false }
}

function isAtOrBelow(folder: PathFolder, path: string): boolean {
  return folder.base === path || isBelow(folder.base, path)
}
