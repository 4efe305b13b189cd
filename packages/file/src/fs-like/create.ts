import { HandleError, type KernelObject } from '@ht/core'
import { ENXIO } from '../errno.js'
import { fsDirectoryKind, fsFileKind, fsKinds } from './kinds.js'
import { PathFolders } from './path-folders.js'
import { ProcessFiles } from './process-files.js'
import { checkTreeArguments, openTree, type FsTreeOptions } from './tree.js'
import { FsVolume } from './volume.js'
import type { FileTree } from '../file-tree.js'
import type { FsLike } from './fs.js'

/** A tree over a file system. */
export interface FsTree extends FileTree {
  /** @throws what the file system says of the root: ENOENT, ENOTDIR, … */
  root(): KernelObject<'ht:fs-directory'>
}

/**
 * Makes a tree of the files below a directory of a file system. Its root is found again by path each time
 * that nothing of the tree is open.
 *
 * Each name of a path is looked at before it is entered, so no link leads out. That holds as long as
 * nothing else changes the file system between look and use: in a file system of JavaScript nothing can. For the
 * host's files there is `@ht/file/host`.
 *
 * @throws EINVAL that names the argument
 */
export function createFsTree(fs: FsLike, root: string, options: FsTreeOptions = {}): FsTree {
  if (typeof fs !== 'object' || (fs as unknown) === null || typeof fs.openSync !== 'function') {
    throw new HandleError('EINVAL', { text: 'fs must be shaped like node:fs', syscall: 'createFsTree' })
  }
  const { readOnly = false } = checkTreeArguments(root, options, 'createFsTree')
  const processFiles = new ProcessFiles(fs)
  const volume = new FsVolume({
    fs,
    readOnly,
    processFiles,
    open: (file, options) => fsFileKind.open(file, options),
    directoryKind: fsDirectoryKind,
    hold: () => new PathFolders(fs, root, processFiles),
    // Whether it blocks is not to be found out from here.
    admit: () => -ENXIO,
  })
  return { kinds: fsKinds, root: () => openTree(volume, root, 'createFsTree') as KernelObject<'ht:fs-directory'> }
}
