import { S_IFCHR, S_IFMT, type Stat } from '@ht/core'
import { ENXIO } from '../errno.js'

/** The minor numbers of memory devices that never block: null, zero, full, random, urandom (null(4)). */
const HARMLESS = new Set([3, 5, 7, 8, 9])
const MEMORY = 1

/** 0 for a device that can be used without blocking the thread, −ENXIO for all else that is no file. */
export function admitDevice({ mode, rdev }: Stat): number {
  const major = (rdev >>> 8) & 0xfff
  const minor = rdev & 0xff
  const harmless = (mode & S_IFMT) === S_IFCHR && process.platform === 'linux' && major === MEMORY && HARMLESS.has(minor)
  return harmless ? 0 : -ENXIO
}
