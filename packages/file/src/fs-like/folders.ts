import type { Stat } from '@ht/core'
import type { Hierarchy } from '../path/walk.js'

/** A directory, held so that names in it can be used. */
export interface Folder {
  /** What comes before `/name` in the path of a name in it. Good for one call that does not follow a last link. */
  base: string
}

/**
 * How a tree holds its directories: each way has its own promise of what outsiders can do meanwhile. What fails
 * answers −errno; only `close`, `leave` and `pinned` throw.
 */
export interface Folders<F extends Folder = Folder> extends Hierarchy<F> {
  /** A directory for an open object, until `close`; `.` for the folder itself. −errno when it is none. */
  open(folder: F, name: string): F | number
  close(folder: F): void
  /** 0, or −ENOENT when an open folder is not in the tree any more: removed, or moved out of it. */
  check(folder: F): number
  /** A path of an open folder itself, also of a removed one where that can be had, else −ENOENT. */
  self(folder: F): string | number
  /** Where an open folder is, from the root: `/a/b`; −ENOENT when it is not in the tree any more. */
  pathOf(folder: F): string | number
  /** Calls `use` with a path of what a name names that leads nowhere else even when it is followed. */
  pinned<R>(folder: F, name: string, use: (path: string) => R): R
  /** What a file system that judges no renames itself is to do with one: it, nothing, or −errno for it. */
  judgeRename(path: string, moved: Stat, newPath: string, replaced: Stat | undefined): 'rename' | 'nothing' | number
  /** Is told of a name that was moved, over whatever had the new one. */
  renamed(from: F, name: string, to: F, newName: string): void
  /** Is told of a directory that was removed. */
  removed(folder: F, name: string): void
}

/** The path of a name in a folder. */
export function pathIn(folder: Folder, name: string): string {
  return `${folder.base}/${name}`
}
