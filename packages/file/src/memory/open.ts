import { O_TRUNC, S_IFCHR, S_IFREG, type KernelObject } from '@ht/core'
import { openOptions } from '../open-mode.js'
import { checkOpenFlags, ruleOfOpen } from '../path/rules.js'
import { memoryDirectoryKind } from './directory-kind.js'
import { memoryFileKind, truncate } from './file-kind.js'
import { isDirectory, typeOf, type Inode, type Regular } from './inode.js'
import { walkTo } from './names.js'
import { memoryNullKind } from './null-kind.js'
import type { Place, Volume } from './volume.js'

const PERMISSIONS = 0o7777

/** Opens what a path names: a new open object, or −errno (openat(2)). */
export function openPath(from: Place, path: string, flags: number, mode: number): KernelObject | number {
  const { volume } = from
  const walk =
    checkOpenFlags(flags) || walkTo(from, path, flags, (last, type) => ruleOfOpen(last, type, flags))
  if (typeof walk === 'number') return walk
  let inode = volume.last(walk)
  if (inode === undefined) {
    const refused = volume.room(walk.directory)
    if (refused < 0) return refused
    inode = volume.create(walk.directory, walk.name, S_IFREG | (mode & PERMISSIONS), '')
  }
  return openInode(volume, inode, walk.name, flags)
}

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
