import { errnoOf, ERR, HUP, IN, OUT, WaitQueue } from '@ht/core'
import { Ring } from '@ht/core/bytes'

/** How many bytes a pipe holds unless told: 16 pages (pipe(7)). */
export const DEFAULT_CAPACITY = 65_536
/** The most bytes that a pipe can be made to hold (Linux: `/proc/sys/fs/pipe-max-size`). */
export const MAX_CAPACITY = 1_048_576
/** A write of up to so many bytes is never split (pipe(7), PIPE_BUF). */
export const PIPE_BUF = 4096

const EAGAIN = errnoOf('EAGAIN')
const EBUSY = errnoOf('EBUSY')
const EINVAL = errnoOf('EINVAL')
const EPERM = errnoOf('EPERM')
const EPIPE = errnoOf('EPIPE')

/** What is behind the two ends of a pipe. */
export class Pipe {
  readonly id = ++lastId
  readonly ring: Ring
  /** Holders of the read end. */
  readers = 1
  /** Holders of the write end. */
  writers = 1
  /** Those who wait for a change that a reader sees. */
  readonly forReaders = new WaitQueue()
  /** Those who wait for a change that a writer sees. */
  readonly forWriters = new WaitQueue()

  constructor(capacity: number) {
    this.ring = new Ring(capacity)
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
    if (bytes < 0 || bytes > 2 ** 31) return -EINVAL
    const capacity = roundCapacity(bytes)
    if (capacity > MAX_CAPACITY) return -EPERM
    if (capacity < this.ring.stored) return -EBUSY
    this.ring.resize(capacity)
    this.forWriters.wake()
    return capacity
  }

  /** Readiness of the read end (poll(2)): with data IN, and HUP besides once no writer is left. */
  get readerReadiness(): number {
    return (this.ring.stored > 0 ? IN : 0) | (this.writers === 0 ? HUP : 0)
  }

  /** Readiness of the write end: OUT when a write of PIPE_BUF bytes would succeed, ERR without a reader. */
  get writerReadiness(): number {
    return (this.ring.room >= PIPE_BUF ? OUT : 0) | (this.readers === 0 ? ERR : 0)
  }
}

let lastId = 0

/** Up to whole pages and a power of two, as F_SETPIPE_SZ rounds (fcntl(2)). */
export function roundCapacity(bytes: number): number {
  let capacity = PIPE_BUF
  while (capacity < bytes) capacity *= 2
  return capacity
}
