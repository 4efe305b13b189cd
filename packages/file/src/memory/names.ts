import { AT_REMOVEDIR, AT_SYMLINK_FOLLOW, AT_SYMLINK_NOFOLLOW, BENEATH, S_IFCHR, S_IFDIR, S_IFLNK } from '@ht/core'
import { EINVAL, ENOENT, ENOTEMPTY, EPERM, EXDEV } from '../errno.js'
import { checkPath } from '../path/limits.js'
import {
  checkRenameFlags,
  FOLLOW,
  ruleOfNewDirectory,
  ruleOfNewName,
  ruleOfRmdir,
  ruleOfUnlink,
  ruleOfUse,
  type LastName,
} from '../path/rules.js'
import { Walk } from '../path/walk.js'
import { isDirectory, typeOf, type Inode } from './inode.js'
import { rename } from './rename.js'
import type { Place } from './volume.js'

/*
 * The calls on names in a memory tree. Each begins at a directory, and answers 0 or −errno unless it says
 * otherwise. Of the flags, BENEATH is for the walk.
 */

const DIRECTORY_PERMISSIONS = 0o1777
const LINK_MODE = S_IFLNK | 0o777

/** A rule for the last name of a path, which names something of a type. */
type Rule = (last: LastName, type: number) => number

/**
 * Walks a path to a last name that `rule` accepts, which also says whether a link there is followed: the walk,
 * or −errno.
 */
export function walkTo({ volume, inode }: Place, path: string, flags: number, rule: Rule): Walk<Inode> | number {
  const walk = new Walk<Inode>(volume, inode, flags)
  let step = walk.to(path)
  while (step >= 0) {
    const last = volume.last(walk)
    step = rule(walk, typeOf(last))
    if (step !== FOLLOW) break
    step = walk.follow(volume.targetOf(last!))
  }
  return step < 0 ? step : walk
}

/** What a path names, or −errno. `flags`: AT_SYMLINK_NOFOLLOW, BENEATH. */
export function find(from: Place, path: string, flags: number): Inode | number {
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | BENEATH)) !== 0) return -EINVAL
  const follow = (flags & AT_SYMLINK_NOFOLLOW) === 0
  const walk = walkTo(from, path, flags, (last, type) => ruleOfUse(last, type, follow))
  return typeof walk === 'number' ? walk : from.volume.last(walk)!
}

/** mkdir(2). `mode`: permission bits, and BENEATH. */
export function makeDirectory(from: Place, path: string, mode: number): number {
  return makeName(from, path, mode, ruleOfNewDirectory, S_IFDIR | (mode & DIRECTORY_PERMISSIONS), '')
}

/** mknod(2) for a null device. `mode`: permission bits. */
export function makeNullDevice(from: Place, path: string, mode: number): number {
  return makeName(from, path, 0, ruleOfNewName, S_IFCHR | (mode & 0o7777), '')
}

/** symlink(2). `flags`: BENEATH. */
export function addSymlink(from: Place, target: string, path: string, flags = 0): number {
  if ((flags & ~BENEATH) !== 0) return -EINVAL
  return checkPath(target) || makeName(from, path, flags, ruleOfNewName, LINK_MODE, target)
}

/** link(2). `flags`: AT_SYMLINK_FOLLOW, BENEATH. */
export function addLink(from: Place, path: string, to: Place, newPath: string, flags: number): number {
  const beneath = flags & BENEATH
  if ((flags & ~(AT_SYMLINK_FOLLOW | BENEATH)) !== 0) return -EINVAL
  const inode = find(from, path, (flags & AT_SYMLINK_FOLLOW) === 0 ? beneath | AT_SYMLINK_NOFOLLOW : beneath)
  if (typeof inode === 'number') return inode
  const walk = walkTo(to, newPath, beneath, ruleOfNewName)
  if (typeof walk === 'number') return walk
  if (walk.directory.nlink === 0) return -ENOENT
  if (from.volume !== to.volume) return -EXDEV
  if (isDirectory(inode)) return -EPERM
  const refused = to.volume.room(walk.directory)
  if (refused === 0) to.volume.link(walk.directory, walk.name, inode)
  return refused
}

/** unlink(2), or rmdir(2) with AT_REMOVEDIR. `flags`: BENEATH besides. */
export function removeName(from: Place, path: string, flags: number): number {
  if ((flags & ~(AT_REMOVEDIR | BENEATH)) !== 0) return -EINVAL
  const walk = walkTo(from, path, flags, (flags & AT_REMOVEDIR) === 0 ? ruleOfUnlink : ruleOfRmdir)
  if (typeof walk === 'number') return walk
  const inode = from.volume.last(walk)!
  if (isDirectory(inode) && inode.names.size > 0) return -ENOTEMPTY
  from.volume.unlink(walk.directory, walk.name, inode)
  return 0
}

/** renameat2(2). `flags`: RENAME_NOREPLACE, RENAME_EXCHANGE, BENEATH. */
export function renameName(from: Place, path: string, to: Place, newPath: string, flags: number): number {
  const how = flags & ~BENEATH
  const old = new Walk<Inode>(from.volume, from.inode, flags)
  const now = new Walk<Inode>(to.volume, to.inode, flags)
  const refused = checkRenameFlags(how) || old.to(path) || now.to(newPath)
  if (refused < 0) return refused
  return from.volume === to.volume ? rename(from.volume, old, now, how) : -EXDEV
}

/** Where a directory is, from the root: `/a/b`; −ENOENT when it was removed. */
export function pathOf({ volume, inode }: Place): string | number {
  if (inode.nlink === 0) return -ENOENT
  const names: string[] = []
  for (let at = inode; at !== volume.root; at = volume.up(at)) names.unshift(nameOf(volume.up(at), at))
  return `/${names.join('/')}`
}

function nameOf(parent: Inode, child: Inode): string {
  for (const { name, ino } of parent.names!.after(0)) if (ino === child.ino) return name
  return ''
}

function makeName(from: Place, path: string, flags: number, rule: Rule, mode: number, target: string): number {
  const walk = walkTo(from, path, flags, rule)
  if (typeof walk === 'number') return walk
  const refused = from.volume.room(walk.directory)
  if (refused === 0) from.volume.create(walk.directory, walk.name, mode, target)
  return refused
}
