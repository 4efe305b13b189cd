/**
 * Open files and directories. The trees are entries of their own: `@ht/file/memory`, `@ht/file/host` for
 * Node, `@ht/file/fs-like`. Here is what is the same for all of them.
 *
 * @packageDocumentation
 */

export type { FileTree } from './file-tree.js'
export { openFlags } from './open-flags.js'
export type { OpenMode } from './open-flags.js'
