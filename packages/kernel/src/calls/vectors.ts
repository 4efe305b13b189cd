import {
  checkBytes,
  DirectoryOps,
  FileOps,
  methodsOf,
  READABLE,
  SEEK_CUR,
  StreamOps,
  WRITABLE,
  type Bytes,
  type Handle,
  type OpenObject,
} from '@ht/core'
import { invalid } from '../check.js'
import { EINVAL, EMSGSIZE } from '../errno.js'
import { signalled, takesDatagrams } from './broken.js'
import { withOpen } from './lookup.js'
import { readFrom, writeTo } from './stream.js'
import type { Family } from './forms.js'

/**
 * {@link StreamCalls} with several buffers, as one operation of the object: a datagram is read whole over the buffers, or
 * cut, and sent whole. Up to 1 MiB of them is moved at a time: of more, a file takes all, and other objects take what they
 * would of a MiB. Without any bytes nothing is asked of the object.
 */
export interface VectorCalls {
  /**
   * Reads into up to 1024 buffers, one after the other (readv(2)).
   *
   * @throws as `read`; EINVAL for more than 1024
   */
  readv(handle: Handle, buffers: readonly Uint8Array[]): number
  /**
   * Writes up to 1024 buffers as one: what is atomic for a write is so for all of them (writev(2)).
   *
   * @throws as `write`; EINVAL for more than 1024; EMSGSIZE for a datagram of more than 1 MiB
   */
  writev(handle: Handle, buffers: readonly Uint8Array[]): number
}

export const vectorCalls: Family<VectorCalls> = {
  readv(handle, buffers) {
    return withOpen(this, handle, (open) => new Scattered(checkVector(buffers)).readFrom(open), READABLE)
  },

  writev(handle, buffers) {
    const write = (open: OpenObject) => signalled(this, open, writeVector(open, new Gathered(checkVector(buffers))))
    return withOpen(this, handle, write, WRITABLE)
  },
}

/** How many bytes go through one private buffer: as many as the largest pipe holds (pipe(7), F_SETPIPE_SZ). */
const PIECE = 1_048_576
/** IOV_MAX */
const MOST_BUFFERS = 1024

function writeVector(open: OpenObject, bytes: Gathered): number {
  if (bytes.length === 0) return withoutBytes(open)
  return (
    refusalOfVector(open, bytes) ||
    inPieces(open, bytes.length, (moved) => {
      const piece = bytes.subarray(moved)
      const count = writeTo(open, piece)
      return { count, isFull: count === piece.length }
    })
  )
}

/** What a read or write of no bytes in several buffers comes to: 0 where there could be some, −EINVAL elsewhere. */
export function withoutBytes(open: OpenObject): number {
  return methodsOf(open, StreamOps) === undefined && methodsOf(open, DirectoryOps) === undefined ? -EINVAL : 0
}

/** −EMSGSIZE for a datagram that cannot be sent in one piece; 0 otherwise. */
export function refusalOfVector(open: OpenObject, bytes: Gathered): number {
  return bytes.length > PIECE && takesDatagrams(open) ? -EMSGSIZE : 0
}

/** @throws EINVAL unless these are at most 1024 arrays of bytes (IOV_MAX), EFAULT when one is detached */
export function checkVector(buffers: readonly Uint8Array[]): readonly Uint8Array[] {
  const list: unknown = buffers
  if (!Array.isArray(list)) throw invalid('buffers', 'a list of Uint8Arrays', buffers)
  if (buffers.length > MOST_BUFFERS) throw invalid('buffers', `at most ${MOST_BUFFERS}`, `${buffers.length} of them`)
  for (const buffer of buffers) checkBytes(buffer, 'buffers')
  return buffers
}

/** The bytes of several buffers as one, of which a piece at a time is copied. */
export class Gathered implements Bytes {
  readonly length: number
  readonly #buffers: readonly Uint8Array[]
  #piece: Uint8Array = NOTHING
  /** Where the piece begins. */
  #from = 0

  constructor(buffers: readonly Uint8Array[]) {
    this.#buffers = buffers.filter(({ length }) => length > 0)
    this.length = lengthOf(this.#buffers)
  }

  /** @throws EFAULT when a buffer has been detached meanwhile */
  subarray(from: number): Uint8Array {
    const end = this.#from + this.#piece.length
    if (from < this.#from || from >= end) this.#gather(from)
    return this.#piece.subarray(from - this.#from)
  }

  #gather(from: number): void {
    checkVector(this.#buffers)
    this.#from = from
    const [only] = this.#buffers
    if (this.#buffers.length === 1 && only !== undefined) {
      this.#piece = only.subarray(from)
      return
    }
    const piece = new Uint8Array(Math.min(this.length - from, PIECE))
    for (const { bytes, at } of spans(this.#buffers, from, piece.length)) piece.set(bytes, at)
    this.#piece = piece
  }
}

/** Several buffers that are filled as one, by way of a piece of memory that all attempts of a call share. */
export class Scattered {
  #buffers: readonly Uint8Array[] = []
  #length = 0
  #piece: Uint8Array = NOTHING

  /** @param buffers that have been checked */
  constructor(buffers: readonly Uint8Array[]) {
    this.#take(buffers)
  }

  /**
   * Reads from an object, whatever the handle: the number of bytes or −errno.
   *
   * @throws EFAULT when a buffer has been detached meanwhile; what the kind throws
   */
  readFrom(open: OpenObject): number {
    if (lengthOf(this.#buffers) !== this.#length) this.#take(checkVector(this.#buffers))
    const [only] = this.#buffers
    if (only === undefined) return withoutBytes(open)
    if (this.#buffers.length === 1) return readFrom(open, only)
    const total = this.#length
    const most = Math.min(total, PIECE)
    if (this.#piece.length < most) this.#piece = new Uint8Array(most)
    return inPieces(open, total, (moved) => {
      const piece = this.#piece.subarray(0, Math.min(total - moved, PIECE))
      const count = readFrom(open, piece)
      if (count > 0) scatter(piece.subarray(0, count), this.#buffers, moved)
      return { count, isFull: count === piece.length }
    })
  }

  #take(buffers: readonly Uint8Array[]): void {
    this.#buffers = buffers.filter(({ length }) => length > 0)
    this.#length = lengthOf(this.#buffers)
  }
}

const NOTHING: Uint8Array = new Uint8Array(0)

/**
 * Moves bytes a piece at a time: all of a file's, and one piece of what has no positions, where a second one could be
 * another message's. What ends it behind some bytes leaves it with their number.
 */
function inPieces(
  open: OpenObject,
  total: number,
  move: (moved: number) => { readonly count: number; readonly isFull: boolean },
): number {
  let moved = 0
  for (;;) {
    let count: number
    let isFull: boolean
    try {
      ;({ count, isFull } = move(moved))
    } catch (error) {
      if (moved > 0) return moved
      throw error
    }
    if (!(count > 0)) return moved > 0 ? moved : count
    moved += count
    if (!isFull || moved >= total || !hasPositions(open)) return moved
  }
}

function hasPositions(open: OpenObject): boolean {
  return (methodsOf(open, FileOps)?.seek(open, 0, SEEK_CUR) ?? -1) >= 0
}

function scatter(piece: Uint8Array, buffers: readonly Uint8Array[], from: number): void {
  for (const { bytes, at } of spans(buffers, from, piece.length)) bytes.set(piece.subarray(at, at + bytes.length))
}

/** The parts of buffers that `length` bytes from a place on lie in, and where in those bytes each begins. */
function* spans(
  buffers: readonly Uint8Array[],
  from: number,
  length: number,
): Generator<{ bytes: Uint8Array; at: number }, void> {
  let start = 0
  for (const buffer of buffers) {
    const first = Math.max(from - start, 0)
    const last = Math.min(from + length - start, buffer.length)
    if (first < last) yield { bytes: buffer.subarray(first, last), at: start + first - from }
    start += buffer.length
  }
}

function lengthOf(buffers: readonly Uint8Array[]): number {
  return buffers.reduce((sum, { length }) => sum + length, 0)
}
