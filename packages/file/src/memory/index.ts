/**
 * A tree of files in memory: inodes and bytes of our own, for every place that has no files, and for programs
 * that should not see those that there are.
 *
 * @example
 * import { DirectoryOps, O_RDONLY, StreamOps } from '@ht/core'
 * import { createMemoryTree } from '@ht/file/memory'
 *
 * const tree = createMemoryTree()
 * tree.writeFile('/hello.txt', 'hello\n')
 * const file = tree.root().as(DirectoryOps).openAt('hello.txt', O_RDONLY, 0)
 *
 * @packageDocumentation
 */

export { createMemoryTree } from './tree.js'
export type { MemoryTree, MemoryTreeOptions } from './tree.js'
export { memoryKinds } from './kinds.js'
export type { FileTree } from '../file-tree.js'
