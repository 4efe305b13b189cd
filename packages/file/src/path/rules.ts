import {
  O_ACCMODE,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_RDONLY,
  O_TRUNC,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  S_IFDIR,
  S_IFLNK,
} from '@ht/core'
import { EBUSY, EEXIST, EINVAL, EISDIR, ELOOP, ENOENT, ENOTDIR, ENOTEMPTY } from '../errno.js'

/*
 * What the calls on names do with the last name of a path, by what it names: S_IF… bits, or 0 for nothing.
 * Every tree asks here, so that all give the same errors in the same order, which is Linux's.
 */

/** The last name of a path, as a walk leaves it. */
export interface LastName {
  readonly name: string
  readonly slash: boolean
  readonly endsInDirectory: boolean
  /** −errno where it can be no entry's name; 0 otherwise. */
  readonly refused: number
}

/** What open(2) is to do with the last name. */
const OPEN = 0
export const CREATE = 1
export const FOLLOW = 2

/** 0 for flags that open(2) takes, or −errno. */
export function checkOpenFlags(flags: number): number {
  const both = O_CREAT | O_DIRECTORY
  return (flags & O_ACCMODE) === O_ACCMODE || (flags & both) === both ? -EINVAL : 0
}

/** OPEN, CREATE, FOLLOW or −errno (open(2)). */
export function ruleOfOpen(last: LastName, type: number, flags: number): number {
  const create = (flags & O_CREAT) !== 0
  const exclusive = create && (flags & O_EXCL) !== 0
  if (create && last.slash) return -EISDIR
  if (last.refused < 0) return last.refused
  if (type === 0) return create ? CREATE : -ENOENT
  if (type === S_IFLNK && (last.slash || (!exclusive && (flags & O_NOFOLLOW) === 0))) return FOLLOW
  if (exclusive) return -EEXIST
  if (type === S_IFDIR) {
    return create || (flags & O_ACCMODE) !== O_RDONLY || (flags & O_TRUNC) !== 0 ? -EISDIR : OPEN
  }
  if (last.slash || (flags & O_DIRECTORY) !== 0) return -ENOTDIR
  return type === S_IFLNK ? -ELOOP : OPEN
}

/** FOLLOW, or OPEN for the thing itself, or −errno: for calls that look at or change what there is. */
export function ruleOfUse(last: LastName, type: number, follow: boolean): number {
  if (last.refused < 0) return last.refused
  if (type === 0) return -ENOENT
  if (type === S_IFLNK && (follow || last.slash)) return FOLLOW
  return last.slash && type !== S_IFDIR ? -ENOTDIR : OPEN
}

/** 0 or −errno for the name of a new directory (mkdir(2)). */
export function ruleOfNewDirectory(last: LastName, type: number): number {
  return last.endsInDirectory || type !== 0 ? -EEXIST : last.refused
}

/** 0 or −errno for any other new name (link(2), symlink(2)). */
export function ruleOfNewName(last: LastName, type: number): number {
  return ruleOfNewDirectory(last, type) || (last.slash ? -ENOENT : 0)
}

/** 0 or −errno for removing a name (unlink(2)). */
export function ruleOfUnlink(last: LastName, type: number): number {
  if (last.endsInDirectory) return -EISDIR
  if (last.refused < 0) return last.refused
  if (type === 0) return -ENOENT
  if (type === S_IFDIR) return -EISDIR
  return last.slash ? -ENOTDIR : 0
}

/** 0 or −errno for removing a directory, which still may turn out not to be empty (rmdir(2)). */
export function ruleOfRmdir(last: LastName, type: number): number {
  if (last.endsInDirectory) return last.name === '.' ? -EINVAL : last.name === '..' ? -ENOTEMPTY : -EBUSY
  if (last.refused < 0) return last.refused
  return type === 0 ? -ENOENT : type === S_IFDIR ? 0 : -ENOTDIR
}

/** 0 or −errno for flags of renameat2(2). */
export function checkRenameFlags(flags: number): number {
  const both = RENAME_NOREPLACE | RENAME_EXCHANGE
  return (flags & ~both) !== 0 || (flags & both) === both ? -EINVAL : 0
}

/** 0 or −errno for the names of a rename, and what they name (renameat2(2)). */
export function ruleOfRename(from: LastName, fromType: number, to: LastName, toType: number, flags: number): number {
  const exchange = (flags & RENAME_EXCHANGE) !== 0
  const free = (flags & RENAME_NOREPLACE) !== 0
  if (from.endsInDirectory) return -EBUSY
  if (to.endsInDirectory) return free ? -EEXIST : -EBUSY
  if (from.refused < 0) return from.refused
  if (fromType === 0) return -ENOENT
  if (to.refused < 0) return to.refused
  if (free && toType !== 0) return -EEXIST
  if (exchange && toType === 0) return -ENOENT
  // Slashes say that a name is a directory's; but a new name says so of what is to have it.
  if (from.slash && fromType !== S_IFDIR) return -ENOTDIR
  return to.slash && (exchange ? toType : fromType) !== S_IFDIR ? -ENOTDIR : 0
}

/** 0 or −errno for putting one thing in another's place, when they are not one file (rename(2)). */
export function ruleOfReplace(fromType: number, toType: number): number {
  if (toType === 0 || (fromType === S_IFDIR) === (toType === S_IFDIR)) return 0
  return fromType === S_IFDIR ? -ENOTDIR : -EISDIR
}
