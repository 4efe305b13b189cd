import {
  checkBytes,
  DirectoryOps,
  endBorrow,
  methodsOf,
  READABLE,
  StreamOps,
  WRITABLE,
  type Handle,
  type OpenObject,
} from '@ht/core'
import { invalid } from '../check.js'
import { EINVAL, EISDIR, EPIPE } from '../errno.js'
import { raise, SIGPIPE } from '../task/signals.js'
import { raisesPipe, signalled } from './broken.js'
import { failed, type Family } from './forms.js'
import { absent, lend, withOpen } from './lookup.js'

/** Reading and writing at once. What would wait is EAGAIN, whether the object is non-blocking or not. */
export interface StreamCalls {
  /**
   * Reads into `buffer` (read(2)): how many bytes, 0 at the end of file.
   *
   * @throws EBADF when the handle is not open or cannot be read, then EISDIR, EINVAL for a buffer that is no
   *   Uint8Array or an object that is no stream, EFAULT for a detached buffer, EAGAIN; the object's own errors
   */
  read(handle: Handle, buffer: Uint8Array): number
  /**
   * Writes `bytes` (write(2)): how many were taken, which may be fewer.
   *
   * @throws as {@link read}; EPIPE, when SIGPIPE has been raised in this task, but for a datagram socket's
   */
  write(handle: Handle, bytes: Uint8Array): number
}

/** {@link StreamCalls} with several buffers. */
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
   * @throws as `write`; EINVAL for more than 1024
   */
  writev(handle: Handle, buffers: readonly Uint8Array[]): number
}

/*
 * The shortest way from a number to the object's bytes: one lookup, which checks the mode, and one call. These
 * catch by themselves and end the borrow twice, without `finally`, which costs a third of the whole call.
 */
export const streamCalls: Family<StreamCalls> = {
  read(handle, buffer) {
    const open = lend(this, handle, READABLE)
    if (open === undefined) return absent(this, handle)
    let result: number
    try {
      result = readFrom(open, buffer)
    } catch (error) {
      result = failed(error)
    }
    endBorrow(open)
    return result
  },

  write(handle, bytes) {
    const open = lend(this, handle, WRITABLE)
    if (open === undefined) return absent(this, handle)
    let result: number
    let raises = false
    try {
      result = writeTo(open, bytes)
      raises = result === -EPIPE && raisesPipe(open)
    } catch (error) {
      result = failed(error)
    }
    endBorrow(open)
    if (raises) raise(this, SIGPIPE)
    return result
  },
}

/** The calls with several buffers. */
export const vectorCalls: Family<VectorCalls> = {
  readv(handle, buffers) {
    return withOpen(this, handle, (open) => readVector(open, checkVector(buffers)), READABLE)
  },

  writev(handle, buffers) {
    const write = (open: OpenObject) => signalled(this, open, writeTo(open, gather(checkVector(buffers))))
    return withOpen(this, handle, write, WRITABLE)
  },
}

/** Reads from an object, whatever the handle: the number of bytes or −errno. @throws EINVAL, EFAULT */
export function readFrom(open: OpenObject, buffer: Uint8Array): number {
  checkBytes(buffer, 'buffer')
  const stream = methodsOf(open, StreamOps)
  return stream === undefined ? notStream(open) : stream.read(open, buffer)
}

/** {@link readFrom} into several buffers, in order, until one is not filled. */
export function readVector(open: OpenObject, buffers: readonly Uint8Array[]): number {
  let total = 0
  let read = buffers.length === 0 ? readFrom(open, NOTHING) : 0
  for (const buffer of buffers) {
    if (buffer.length === 0) continue
    read = readFrom(open, buffer)
    if (read > 0) total += read
    if (read < buffer.length) break
  }
  return total > 0 ? total : read
}

/** @throws EINVAL unless these are at most 1024 arrays of bytes (IOV_MAX), EFAULT when one is detached */
export function checkVector(buffers: readonly Uint8Array[]): readonly Uint8Array[] {
  const list: unknown = buffers
  if (!Array.isArray(list)) throw invalid('buffers', 'a list of Uint8Arrays', buffers)
  if (buffers.length > 1024) throw invalid('buffers', 'at most 1024', `${buffers.length} of them`)
  for (const buffer of buffers) checkBytes(buffer, 'buffers')
  return buffers
}

/** The bytes of several buffers as one. */
export function gather(buffers: readonly Uint8Array[]): Uint8Array {
  if (buffers.length <= 1) return buffers[0] ?? NOTHING
  const whole = new Uint8Array(buffers.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const buffer of buffers) {
    whole.set(buffer, at)
    at += buffer.length
  }
  return whole
}

const NOTHING = new Uint8Array(0)

/** Writes to an object, whatever the handle: the number of bytes or −errno. @throws EINVAL, EFAULT */
export function writeTo(open: OpenObject, bytes: Uint8Array): number {
  checkBytes(bytes, 'bytes')
  const stream = methodsOf(open, StreamOps)
  return stream === undefined ? notStream(open) : stream.write(open, bytes)
}

function notStream(open: OpenObject): number {
  return methodsOf(open, DirectoryOps) === undefined ? -EINVAL : -EISDIR
}
