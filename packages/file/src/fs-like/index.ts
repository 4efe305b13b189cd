/**
 * The files of anything that is shaped like `node:fs`: memfs, a virtual file system, a recording wrapper.
 *
 * @example
 * import { DirectoryOps, O_RDONLY } from '@ht/core'
 * import { createFsTree } from '@ht/file/fs-like'
 * import { fs } from 'memfs'
 *
 * fs.mkdirSync('/home')
 * const root = createFsTree(fs, '/home').root()
 * root.as(DirectoryOps).mkdirAt('notes', 0o755)
 *
 * @packageDocumentation
 */

export { createFsTree } from './create.js'
export type { FsTree } from './create.js'
export { fsKinds } from './kinds.js'
export type { FsConstants, FsLike } from './fs.js'
export type { FsTreeOptions } from './tree.js'
export type { FileTree } from '../file-tree.js'
