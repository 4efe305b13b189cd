import { defineCapability } from '../kind/capability.js'
import type { KernelObject } from '../object/kernel-object.js'

/**
 * Names in a tree of files. Each path starts at this directory, or at the tree's root if it starts with
 * `/`; `..` and symbolic links are followed, and none leads out of the tree. Flags are AT_… bits.
 */
export interface DirectoryMethods {
  /**
   * Opens what a path names (openat(2)). Returns a new open object, which the caller owns, or −errno. `flags`: O_… bits;
   * `mode`: permission bits of a file that O_CREAT makes.
   */
  openAt(path: string, flags: number, mode: number): KernelObject | number
  /** Fills `out` with what `readStat` reads (fstatat(2)). AT_SYMLINK_NOFOLLOW. */
  statAt(path: string, flags: number, out: Uint8Array): number
  /**
   * Fills `out` with whole entries as `readEntries` reads them, beginning after the one whose cookie is
   * given: 0 for the first, −1 for where this open object stands, which then moves on. Answers the bytes
   * filled, 0 at the end, −EINVAL when not even one fits (getdents64(2)).
   */
  readDir(cookie: number, out: Uint8Array): number
  /** Makes a directory (mkdirat(2)). `mode`: permission bits, and BENEATH. */
  mkdirAt(path: string, mode: number): number
  /** Removes a name; with AT_REMOVEDIR, of an empty directory (unlinkat(2)). */
  unlinkAt(path: string, flags: number): number
  /** Renames in one step (renameat2(2)). `newDirectory` is of the same tree, else −EXDEV. RENAME_NOREPLACE, RENAME_EXCHANGE. */
  renameAt(path: string, newDirectory: KernelObject, newPath: string, flags: number): number
  /** Another name for a file (linkat(2)). AT_SYMLINK_FOLLOW. */
  linkAt(path: string, newDirectory: KernelObject, newPath: string, flags: number): number
  /** Makes a symbolic link; of the flags only BENEATH, which is for `path` and not for where the link leads. */
  symlinkAt(target: string, path: string, flags?: number): number
  /** The target of a symbolic link, or −errno. Of the flags only BENEATH. */
  readlinkAt(path: string, flags?: number): string | number
  /** Where the directory is now, from the root of its tree: `/a/b`; −ENOENT once it was removed. */
  pathOf(): string | number
  setModeAt(path: string, mode: number, flags: number): number
  /** Microseconds since 1970; OMIT leaves one as it is (utimensat(2)). */
  setTimesAt(path: string, accessed: number, modified: number, flags: number): number
}

/** The methods of directories. */
export const DirectoryOps = /* @__PURE__ */ defineCapability<DirectoryMethods>('ht:directory', {
  openAt: { parameters: ['string', 'int', 'int'], result: 'object' },
  statAt: { parameters: ['string', 'int', 'out'], result: 'int' },
  readDir: { parameters: ['int', 'out'], result: 'int' },
  mkdirAt: { parameters: ['string', 'int'], result: 'int', absent: 'EROFS' },
  unlinkAt: { parameters: ['string', 'int'], result: 'int', absent: 'EROFS' },
  renameAt: { parameters: ['string', 'object', 'string', 'int'], result: 'int', absent: 'EROFS' },
  linkAt: { parameters: ['string', 'object', 'string', 'int'], result: 'int', absent: 'EROFS' },
  symlinkAt: { parameters: ['string', 'string', 'int?'], result: 'int', absent: 'EROFS' },
  readlinkAt: { parameters: ['string', 'int?'], result: 'string', absent: 'EINVAL' },
  pathOf: { parameters: [], result: 'string' },
  setModeAt: { parameters: ['string', 'int', 'int'], result: 'int', absent: 'EROFS' },
  setTimesAt: { parameters: ['string', 'int', 'int', 'int'], result: 'int', absent: 'EROFS' },
})

/** Flags of open(2), with the numbers of Linux x86-64. */
export const O_RDONLY = 0
export const O_WRONLY = 1
export const O_RDWR = 2
export const O_ACCMODE = 3
export const O_CREAT = 0o100
export const O_EXCL = 0o200
export const O_TRUNC = 0o1000
export const O_APPEND = 0o2000
export const O_NONBLOCK = 0o4000
/** Signals tell of readiness: kept and shown, though none is sent without an owner (fcntl(2), F_SETOWN). */
export const O_ASYNC = 0o20000
/** Kept and shown; files of any size can be opened without it too. */
export const O_LARGEFILE = 0o100000
export const O_DIRECTORY = 0o200000
export const O_NOFOLLOW = 0o400000
export const O_CLOEXEC = 0o2000000
export const O_SYNC = 0o4010000

/** Flags of the calls whose name ends in `at`. */
export const AT_SYMLINK_NOFOLLOW = 0x100
export const AT_REMOVEDIR = 0x200
export const AT_SYMLINK_FOLLOW = 0x400

/**
 * In the flags of any of these calls, openAt included, and in the mode of mkdirAt: a path that starts with `/`, or leads above the
 * directory that it starts at, is refused with −EXDEV (openat2(2), RESOLVE_BENEATH).
 */
export const BENEATH = 0x10000000

/** Flags of renameat2(2). */
export const RENAME_NOREPLACE = 1
export const RENAME_EXCHANGE = 2
