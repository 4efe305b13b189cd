import { S_IFREG, type KernelObject } from '@ht/core'
import { checkOpenFlags, ruleOfOpen } from '../path/rules.js'
import { walkTo } from './names.js'
import type { Place } from './volume.js'

const PERMISSIONS = 0o7777

/** Opens what a path names: a new open object, or −errno (openat(2)). */
export function openPath(from: Place, path: string, flags: number, mode: number): KernelObject | number {
  const { volume } = from
  const walk = checkOpenFlags(flags) || walkTo(from, path, flags, (last, type) => ruleOfOpen(last, type, flags))
  if (typeof walk === 'number') return walk
  let inode = volume.last(walk)
  if (inode === undefined) {
    const refused = volume.room(walk.directory)
    if (refused < 0) return refused
    inode = volume.create(walk.directory, walk.name, S_IFREG | (mode & PERMISSIONS), '')
  }
  return volume.open(inode, walk.name, flags)
}
