import { S_IFMT } from '@ht/core'
import type { Names } from '../names/names.js'
import type { Content } from './content.js'

/**
 * A file, a directory, a symbolic link or the null device: a record that others know by its number. It lives as long as a
 * name names it or an open object holds it.
 */
export interface Inode {
  readonly ino: number
  /** Type (S_IFMT) and permission bits. */
  mode: number
  /** Names, and for a directory its `.` and the `..` of those in it; 0 once it was removed. */
  nlink: number
  /** Open objects, and removed directories below that are still held: their `..` leads here. */
  holds: number
  /** Milliseconds since 1970, with a fraction. */
  atime: number
  mtime: number
  ctime: number
  readonly birthtime: number
  /** The bytes of a regular file. */
  readonly content: Content | undefined
  /** The names in a directory. */
  readonly names: Names | undefined
  /** The number of the directory above. */
  parent: number
  /** Where a symbolic link leads; '' for all else. */
  readonly target: string
}

/** A directory's record. */
export type Directory = Inode & { readonly names: Names }
/** A regular file's record. */
export type Regular = Inode & { readonly content: Content }

/** The device number of Linux's null device: major 1, minor 3. */
export const NULL_DEVICE = 0x103

export function typeOf(inode: Inode | undefined): number {
  return inode === undefined ? 0 : inode.mode & S_IFMT
}

export function isDirectory(inode: Inode): inode is Directory {
  return inode.names !== undefined
}

export function isLink(inode: Inode): boolean {
  return inode.target !== ''
}
