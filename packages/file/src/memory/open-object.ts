import { O_TRUNC, S_IFCHR, type KernelObject } from '@ht/core'
import { openOptions } from '../open-mode.js'
import { memoryDirectoryKind } from './directory-kind.js'
import { memoryFileKind, truncate } from './file-kind.js'
import { isDirectory, typeOf, type Inode, type Regular } from './inode.js'
import { memoryNullKind } from './null-kind.js'
import type { Volume } from './volume.js'

/** A new open object for an inode. */
export function openInode(volume: Volume, inode: Inode, name: string, flags: number): KernelObject {
  const options = openOptions(flags)
  volume.hold(inode)
  if (isDirectory(inode)) return memoryDirectoryKind.open({ volume, inode, name, offset: 0 }, options)
  if (typeOf(inode) === S_IFCHR) return memoryNullKind.open({ volume, inode, name, offset: 0 }, options)
  const state = { volume, inode: inode as Regular, name, offset: 0 }
  if ((flags & O_TRUNC) !== 0) truncate(state, 0)
  return memoryFileKind.open(state, options)
}
