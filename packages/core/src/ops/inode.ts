import { defineCapability } from '../kind/capability.js'
import { implement } from '../kind/implement.js'
import { OMIT } from './file.js'
import { readStat, STAT_BYTES, writeStat } from './stat.js'

/** The status of an object that is not a file. All ends of a pipe share it. */
export interface InodeMethods {
  /** Fills `out` (STAT_BYTES at least) with what `readStat` reads (fstat(2)). */
  stat(out: Uint8Array): number
  /** Sets permission bits, which are kept and have no effect (fchmod(2)). */
  setMode(mode: number): number
  /** Sets times of access and change, microseconds since 1970; OMIT leaves one as it is (futimens(3)). */
  setTimes(accessed: number, modified: number): number
}

/** The inode of a pipe, a socket or the like. A file's is behind `FileOps`. */
export const InodeOps = /* @__PURE__ */ defineCapability<InodeMethods>('ht:inode', {
  stat: { parameters: ['out'], result: 'int' },
  setMode: { parameters: ['int'], result: 'int' },
  setTimes: { parameters: ['int', 'int'], result: 'int' },
})

/** What a kind keeps for {@link inodeOps}. */
export interface Inode {
  /** With `ino`, what two open objects of one inode have in common, and no others. */
  readonly dev: number
  readonly ino: number
  /** Type and permission bits. */
  mode: number
  /** Microseconds since 1970; 0 until they are set. */
  accessed: number
  modified: number
}

/** {@link InodeOps} for a kind whose objects have inodes. */
export function inodeOps<S>(inodeOf: (state: S) => Inode) {
  return implement<InodeMethods, S>(InodeOps, {
    stat({ state }, out) {
      const { dev, ino, mode, accessed, modified } = inodeOf(state)
      const times = { atimeMs: accessed / 1000, mtimeMs: modified / 1000 }
      return writeStat(out, { ...readStat(new Uint8Array(STAT_BYTES)), ...times, dev, ino, mode, nlink: 1, blksize: 4096 })
    },
    setMode({ state }, mode) {
      const inode = inodeOf(state)
      inode.mode = (inode.mode & ~PERMISSIONS) | (mode & PERMISSIONS)
      return 0
    },
    setTimes({ state }, accessed, modified) {
      const inode = inodeOf(state)
      if (accessed !== OMIT) inode.accessed = accessed
      if (modified !== OMIT) inode.modified = modified
      return 0
    },
  })
}

/** An inode of one thread, with a number that no other has. */
export function createInode(mode: number): Inode {
  return { dev: OF_NO_DEVICE, ino: firstNumber + ++made, mode, accessed: 0, modified: 0 }
}

const PERMISSIONS = 0o7777
/** No device, of a host or of a tree, has so high a number. */
const OF_NO_DEVICE = 2 ** 40
/** Threads make numbers of their own, and their objects meet. */
const firstNumber = Math.floor(Math.random() * 2 ** 20) * 2 ** 32
let made = 0
