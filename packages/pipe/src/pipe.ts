import { createInode, errnoOf, S_IFIFO, WaitQueue, type Inode } from '@ht/core'
import { Ring } from '@ht/core/bytes'

/** How many bytes a pipe holds by default: 16 pages (pipe(7)). */
export const DEFAULT_CAPACITY = 65_536
/** The most bytes that a pipe can be made to hold (Linux: `/proc/sys/fs/pipe-max-size`). */
export const MAX_CAPACITY = 1_048_576
/** A write of up to this many bytes is never split (pipe(7), PIPE_BUF). */
export const PIPE_BUF = 4096

/** Type and permissions of a pipe, as Linux shows them. */
export const PIPE_MODE = S_IFIFO | 0o600

const EAGAIN = errnoOf('EAGAIN')
const EBUSY = errnoOf('EBUSY')
const EINVAL = errnoOf('EINVAL')
const EPERM = errnoOf('EPERM')
const EPIPE = errnoOf('EPIPE')

/** What the kind needs of what is behind the two ends of a pipe, wherever it lives. */
export interface PipeBuffer {
  readonly id: number
  /** Of both ends. */
  readonly inode: Inode
  readonly capacity: number
  /** How many bytes wait to be read. */
  readonly stored: number
  /** Holders of the read end. */
  readonly readers: number
  /** Holders of the write end. */
  readonly writers: number
  /** Those who wait for a change that a reader sees. */
  readonly forReaders: WaitQueue
  /** Those who wait for a change that a writer sees. */
  readonly forWriters: WaitQueue
  read(buffer: Uint8Array): number
  write(bytes: Uint8Array): number
  setCapacity(bytes: number): number
  /** One holder of an end more, before there is one, or one fewer, after it went. */
  count(reads: boolean, change: 1 | -1): void
}

/** A pipe of one thread. */
export class Pipe implements PipeBuffer {
  readonly id = ++lastId
  readonly inode = createInode(PIPE_MODE)
  readonly ring: Ring
  readers = 1
  writers = 1
  readonly forReaders = new WaitQueue()
  readonly forWriters = new WaitQueue()

  constructor(capacity: number) {
    this.ring = new Ring(capacity)
  }

  get capacity(): number {
    return this.ring.capacity
  }

  get stored(): number {
    return this.ring.stored
  }

  read(buffer: Uint8Array): number {
    if (buffer.length === 0) return 0
    if (this.ring.stored === 0) return this.writers === 0 ? 0 : -EAGAIN
    const count = this.ring.take(buffer)
    this.forWriters.wake()
    return count
  }

  write(bytes: Uint8Array): number {
    if (bytes.length === 0) return 0
    if (this.readers === 0) return -EPIPE
    const { room } = this.ring
    // A small write goes in whole or not at all; of a large one, what fits.
    if (room === 0 || (bytes.length <= PIPE_BUF && bytes.length > room)) return -EAGAIN
    const count = this.ring.add(bytes)
    this.forReaders.wake()
    return count
  }

  setCapacity(bytes: number): number {
    const capacity = settableCapacity(bytes)
    if (capacity < 0) return capacity
    if (capacity < this.ring.stored) return -EBUSY
    this.ring.resize(capacity)
    this.forWriters.wake()
    return capacity
  }

  /** The first holder and the last one change what the other side can do. */
  count(reads: boolean, change: 1 | -1): void {
    if (reads) {
      this.readers += change
      if (this.readers <= 1) this.forWriters.wake()
    } else {
      this.writers += change
      if (this.writers <= 1) this.forReaders.wake()
    }
  }
}

let lastId = 0

/** Up to whole pages and a power of two, as F_SETPIPE_SZ rounds (fcntl(2)). */
export function roundCapacity(bytes: number): number {
  let capacity = PIPE_BUF
  while (capacity < bytes) capacity *= 2
  return capacity
}

/** What F_SETPIPE_SZ makes of a number of bytes: the capacity, −EINVAL or −EPERM. */
export function settableCapacity(bytes: number): number {
  if (bytes < 0 || bytes > 2 ** 31) return -EINVAL
  const capacity = roundCapacity(bytes)
  return capacity > MAX_CAPACITY ? -EPERM : capacity
}
