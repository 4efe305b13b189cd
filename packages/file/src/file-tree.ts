import type { Kind, KernelObject } from '@ht/core'

/** A tree of files, in memory or anywhere else. */
export interface FileTree {
  /** The kinds of its objects, for a registry. */
  readonly kinds: readonly Kind[]
  /**
   * Opens the tree's root: a new open directory, the caller's. Nothing that is opened through it lies outside
   * of the tree.
   */
  root(): KernelObject
}
