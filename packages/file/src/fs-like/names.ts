import {
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  BENEATH,
  errnoFrom,
  errorFrom,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  type Stat,
} from '@ht/core'
import { EINVAL, ENOENT, ENOTSUP, EPERM, EROFS } from '../errno.js'
import { checkPath } from '../path/limits.js'
import {
  checkRenameFlags,
  FOLLOW,
  ruleOfNewDirectory,
  ruleOfNewName,
  ruleOfRename,
  ruleOfRmdir,
  ruleOfUnlink,
  ruleOfUse,
} from '../path/rules.js'
import { Walk } from '../path/walk.js'
import { answer } from './answer.js'
import { pathIn, type Folder } from './folders.js'
import { isPlainName } from './plain-name.js'
import { secondsOf } from './seconds.js'
import type { FsVolume } from './volume.js'

/*
 * The calls on names in a tree over a file system. Each begins at an open folder, and answers 0 or −errno
 * unless it says otherwise. No path that the file system gets has a link in it that it would follow.
 */

const PERMISSIONS = 0o7777

/** Walks a path and calls `use` at its last name. What that throws becomes −errno; the way is left behind. */
export function along<R>(
  volume: FsVolume,
  start: Folder,
  path: string,
  flags: number,
  use: (walk: Walk<Folder>) => R,
): R | number {
  const gone = volume.folders.check(start)
  if (gone < 0) return gone
  const walk = new Walk(volume.folders, start, flags)
  try {
    const way = walk.to(path)
    return way < 0 ? way : use(walk)
  } catch (error) {
    return errnoFrom(error)
  } finally {
    walk.end()
  }
}

/**
 * What the last name of a walk names, or undefined. Each call looks before it uses a name.
 *
 * @throws what the file system throws, but for ENOENT; EINVAL for what it does not take as a name; ENOENT for a process's own
 */
export function look({ fs, processFiles }: FsVolume, walk: Walk<Folder>): Stat | undefined {
  // It names nothing; what that comes to, the rules say.
  if (walk.refused < 0) return undefined
  if (!walk.endsInDirectory && !isPlainName(walk.name)) throw errorFrom(-EINVAL)
  const name = walk.endsInDirectory ? '.' : walk.name
  let stat: Stat
  try {
    stat = fs.lstatSync(pathIn(walk.directory, name))
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined
    throw error
  }
  // Not undefined, which could be created.
  if (processFiles.hides(stat, walk.directory, name)) throw errorFrom(-ENOENT)
  return stat
}

/** Where the link leads that the last name of a walk names. */
export function readLink({ fs }: FsVolume, walk: Walk<Folder>): string {
  return String(fs.readlinkSync(pathIn(walk.directory, walk.name)))
}

/** Calls `use` with what a path names. `flags`: AT_SYMLINK_NOFOLLOW, BENEATH. */
export function withFound<R>(
  volume: FsVolume,
  start: Folder,
  path: string,
  flags: number,
  use: (walk: Walk<Folder>, stat: Stat) => R,
): R | number {
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | BENEATH)) !== 0) return -EINVAL
  return along(volume, start, path, flags, (walk) => {
    for (;;) {
      const found = look(volume, walk)
      const rule = ruleOfUse(walk, typeOf(found), (flags & AT_SYMLINK_NOFOLLOW) === 0)
      if (rule < 0) return rule
      if (rule !== FOLLOW) return use(walk, found!)
      const step = walk.follow(readLink(volume, walk))
      if (step < 0) return step
    }
  })
}

/** mkdir(2). `mode`: permission bits, and BENEATH. */
export function makeDirectory(volume: FsVolume, start: Folder, path: string, mode: number): number {
  return makeName(volume, start, path, mode, ruleOfNewDirectory, (at) => volume.fs.mkdirSync(at, mode & PERMISSIONS))
}

/** symlink(2). `flags`: BENEATH. */
export function addSymlink(volume: FsVolume, start: Folder, target: string, path: string, flags = 0): number {
  if ((flags & ~BENEATH) !== 0) return -EINVAL
  const refused = checkPath(target)
  if (refused < 0) return refused
  return makeName(volume, start, path, flags, ruleOfNewName, (at) => volume.fs.symlinkSync(target, at))
}

/** link(2). `flags`: AT_SYMLINK_FOLLOW, BENEATH. */
export function addLink(volume: FsVolume, start: Folder, path: string, newStart: Folder, newPath: string, flags: number): number {
  if ((flags & ~(AT_SYMLINK_FOLLOW | BENEATH)) !== 0) return -EINVAL
  const beneath = flags & BENEATH
  const how = (flags & AT_SYMLINK_FOLLOW) === 0 ? beneath | AT_SYMLINK_NOFOLLOW : beneath
  return withFound(volume, start, path, how, (walk, stat) => {
    const isDirectory = typeOf(stat) === S_IFDIR
    return makeName(volume, newStart, newPath, beneath, ruleOfNewName, (at) => {
      if (isDirectory) return -EPERM
      volume.fs.linkSync(pathIn(walk.directory, walk.name), at)
      return 0
    })
  })
}

/** unlink(2), or rmdir(2) with AT_REMOVEDIR. `flags`: BENEATH besides. */
export function removeName(volume: FsVolume, start: Folder, path: string, flags: number): number {
  const { fs, folders, readOnly } = volume
  if ((flags & ~(AT_REMOVEDIR | BENEATH)) !== 0) return -EINVAL
  const isDirectory = (flags & AT_REMOVEDIR) !== 0
  return along(volume, start, path, flags, (walk) => {
    const refused = (isDirectory ? ruleOfRmdir : ruleOfUnlink)(walk, typeOf(look(volume, walk)))
    if (refused < 0) return refused
    if (readOnly) return -EROFS
    const at = pathIn(walk.directory, walk.name)
    if (isDirectory) {
      fs.rmdirSync(at)
      folders.removed(walk.directory, walk.name)
    } else {
      fs.unlinkSync(at)
    }
    return 0
  })
}

/**
 * renameat2(2), as far as a file system that only has rename(2) can do it. `flags`: RENAME_NOREPLACE, in two
 * steps, of which the first takes the new name if it is free; BENEATH. RENAME_EXCHANGE is −EINVAL.
 */
export function renameName(
  volume: FsVolume,
  start: Folder,
  path: string,
  newStart: Folder,
  newPath: string,
  flags: number,
): number {
  const beneath = flags & BENEATH
  const how = flags & ~BENEATH
  const wrong = checkRenameFlags(how)
  if (wrong < 0) return wrong
  if ((how & RENAME_EXCHANGE) !== 0) return -EINVAL
  return along(volume, start, path, beneath, (from) =>
    along(volume, newStart, newPath, beneath, (to) => rename(volume, from, to, how)),
  )
}

/** Sets the permission bits of what a path names (fchmodat(2)). */
export function setMode(volume: FsVolume, start: Folder, path: string, mode: number, flags: number): number {
  return withFound(volume, start, path, flags, (walk, stat) => {
    if (volume.readOnly) return -EROFS
    // A link has no permissions of its own.
    if (typeOf(stat) === S_IFLNK) return -ENOTSUP
    volume.folders.pinned(walk.directory, walk.endsInDirectory ? '.' : walk.name, (at) => {
      volume.fs.chmodSync(at, mode & PERMISSIONS)
    })
    return 0
  })
}

/** Sets the times of what a path names (utimensat(2)). */
export function setTimes(
  volume: FsVolume,
  start: Folder,
  path: string,
  accessed: number,
  modified: number,
  flags: number,
): number {
  return withFound(volume, start, path, flags, (walk, stat) => {
    if (volume.readOnly) return -EROFS
    const { fs, folders } = volume
    const atime = secondsOf(accessed, stat.atimeMs)
    const mtime = secondsOf(modified, stat.mtimeMs)
    if (typeOf(stat) === S_IFLNK) fs.lutimesSync(pathIn(walk.directory, walk.name), atime, mtime)
    else {
      folders.pinned(walk.directory, walk.endsInDirectory ? '.' : walk.name, (at) => {
        fs.utimesSync(at, atime, mtime)
      })
    }
    return 0
  })
}

function makeName(
  volume: FsVolume,
  start: Folder,
  path: string,
  flags: number,
  rule: typeof ruleOfNewName,
  make: (path: string) => unknown,
): number {
  return along(volume, start, path, flags, (walk) => {
    const refused = rule(walk, typeOf(look(volume, walk)))
    if (refused < 0) return refused
    if (volume.readOnly) return -EROFS
    return answer(() => make(pathIn(walk.directory, walk.name)))
  })
}

function rename(volume: FsVolume, from: Walk<Folder>, to: Walk<Folder>, flags: number): number {
  const { fs, folders } = volume
  const moved = look(volume, from)
  const replaced = look(volume, to)
  const refused = ruleOfRename(from, typeOf(moved), to, typeOf(replaced), flags)
  if (refused < 0) return refused
  if (volume.readOnly) return -EROFS
  const [path, newPath] = [pathIn(from.directory, from.name), pathIn(to.directory, to.name)]
  const judged = folders.judgeRename(path, moved!, newPath, replaced)
  if (judged !== 'rename') return judged === 'nothing' ? 0 : judged
  if ((flags & RENAME_NOREPLACE) === 0) fs.renameSync(path, newPath)
  else if (typeOf(moved) === S_IFDIR) renameDirectoryToFree(volume, path, newPath)
  else {
    fs.linkSync(path, newPath)
    fs.unlinkSync(path)
  }
  folders.renamed(from.directory, from.name, to.directory, to.name)
  return 0
}

function renameDirectoryToFree({ fs }: FsVolume, path: string, newPath: string): void {
  fs.mkdirSync(newPath, 0o700)
  try {
    fs.renameSync(path, newPath)
  } catch (error) {
    fs.rmdirSync(newPath)
    throw error
  }
}

function typeOf(stat: Stat | undefined): number {
  return stat === undefined ? 0 : stat.mode & S_IFMT
}
