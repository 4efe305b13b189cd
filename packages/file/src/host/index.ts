/**
 * The host's files, below a directory that no path leads out of.
 *
 * @example
 * import { DirectoryOps, O_RDONLY } from '@ht/core'
 * import { createHostTree } from '@ht/file/host'
 *
 * const tree = createHostTree('/srv/data', { readOnly: true })
 * const file = tree.root().as(DirectoryOps).openAt('readme.txt', O_RDONLY, 0)
 *
 * @packageDocumentation
 */

export { createHostTree } from './create.js'
export type { HostTree } from './create.js'
export { hostKinds } from './kinds.js'
export type { FsTreeOptions } from '../fs-like/tree.js'
export type { FileTree } from '../file-tree.js'
