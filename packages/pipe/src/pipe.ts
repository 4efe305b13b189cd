import { errnoOf, S_IFIFO, type Inode, type WaitQueue } from '@ht/core'

/** How many bytes a pipe holds by default: 16 pages (pipe(7)). */
export const DEFAULT_CAPACITY = 65_536
/** The most bytes that a pipe can be made to hold (Linux: `/proc/sys/fs/pipe-max-size`). */
export const MAX_CAPACITY = 1_048_576
/** A write of up to this many bytes is never split (pipe(7), PIPE_BUF). */
export const PIPE_BUF = 4096

/** Type and permissions of a pipe, as Linux shows them. */
export const PIPE_MODE = S_IFIFO | 0o600

const EAGAIN = errnoOf('EAGAIN')
const EINVAL = errnoOf('EINVAL')
const EPERM = errnoOf('EPERM')
const EPIPE = errnoOf('EPIPE')

/**
 * What is behind the two ends of a pipe: the rules of pipe(7). Where the bytes and the counts live is for the classes
 * below this one to say.
 */
export abstract class Pipe {
  abstract readonly id: number
  /** Of both ends. */
  abstract readonly inode: Inode
  abstract readonly capacity: number
  /** How many bytes wait to be read. */
  abstract readonly stored: number
  /** Holders of the read end. */
  abstract readonly readers: number
  /** Holders of the write end. */
  abstract readonly writers: number
  /** Those who wait for a change that a reader sees. */
  readonly forReaders: WaitQueue
  /** Those who wait for a change that a writer sees. */
  readonly forWriters: WaitQueue

  constructor(forReaders: WaitQueue, forWriters: WaitQueue) {
    this.forReaders = forReaders
    this.forWriters = forWriters
  }

  /** Reads what is there, as far as it fits: how many bytes, 0 at the end of file, −EAGAIN (read(2)). */
  read(buffer: Uint8Array): number {
    if (buffer.length === 0) return 0
    const count = this.take(buffer)
    if (count === 0) return this.#readNothing(buffer)
    if (count > 0) this.forWriters.wake()
    return count
  }

  /** Writes what there is room for, a piece of up to PIPE_BUF whole or not at all: how many bytes, −EAGAIN, −EPIPE (write(2)). */
  write(bytes: Uint8Array): number {
    const { length } = bytes
    if (length === 0) return 0
    if (this.isWithoutReader) return -EPIPE
    const count = this.add(bytes, length <= PIPE_BUF ? length : 1)
    if (count === 0) return -EAGAIN
    if (count > 0) this.forReaders.wake()
    return count
  }

  /** Changes the capacity as F_SETPIPE_SZ does: the new one, −EBUSY, −EINVAL, −EPERM, −ENOMEM (fcntl(2)). */
  setCapacity(bytes: number): number {
    if (bytes < 0 || bytes > 2 ** 31) return -EINVAL
    const capacity = roundCapacity(bytes)
    if (capacity > MAX_CAPACITY) return -EPERM
    const answer = this.resize(capacity)
    if (answer < 0) return answer
    this.forWriters.wake()
    return capacity
  }

  /** One holder of an end more, before there is one, or one fewer, after it went. */
  abstract count(reads: boolean, change: 1 | -1): void

  /** Whether {@link readers} is 0. */
  protected abstract readonly isWithoutReader: boolean
  /** Whether {@link writers} is 0. */
  protected abstract readonly isWithoutWriter: boolean
  /** Takes the oldest bytes out into `buffer`, as many as there are and it holds: how many, or −errno. */
  protected abstract take(buffer: Uint8Array): number
  /** Adds as many bytes as there is room for, unless that is fewer than `least`: how many, or −errno. */
  protected abstract add(bytes: Uint8Array, least: number): number
  /** Gives it room for exactly `capacity` bytes: 0, −EBUSY when more are stored, or another −errno. */
  protected abstract resize(capacity: number): number

  /** By itself, so that what is read again and again is small enough to be compiled into its caller. */
  #readNothing(buffer: Uint8Array): number {
    if (!this.isWithoutWriter) return -EAGAIN
    // The writers first: what the last one wrote is there by the time that it has gone.
    return this.stored === 0 ? 0 : this.read(buffer)
  }
}

/** Up to whole pages and a power of two, as F_SETPIPE_SZ rounds (fcntl(2)). */
export function roundCapacity(bytes: number): number {
  let capacity = PIPE_BUF
  while (capacity < bytes) capacity *= 2
  return capacity
}
