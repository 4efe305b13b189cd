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
import { EINVAL, EISDIR, EPIPE } from '../errno.js'
import { raise, SIGPIPE } from '../task/signals.js'
import { counted } from './answers.js'
import { raisesPipe } from './broken.js'
import { failed, type Family } from './forms.js'
import { absent, lend } from './lookup.js'

/** Reading and writing without waiting: calls that would wait fail with EAGAIN, even if the object is blocking. */
export interface StreamCalls {
  /**
   * Reads into `buffer` (read(2)). Returns the number of bytes, 0 at the end of file.
   *
   * @throws EBADF when the handle is not open or cannot be read, then EISDIR, EINVAL for a buffer that is not a
   *   Uint8Array or an object that is not a stream, EFAULT for a detached buffer, EAGAIN; the object's own errors
   */
  read(handle: Handle, buffer: Uint8Array): number
  /**
   * Writes `bytes` (write(2)). Returns the number of bytes taken, which may be fewer.
   *
   * @throws as {@link read}; EPIPE, when SIGPIPE has been raised in this task, but for a datagram socket's
   */
  write(handle: Handle, bytes: Uint8Array): number
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
      result = failed(this, error)
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
      result = failed(this, error)
    }
    endBorrow(open)
    if (raises) raise(this, SIGPIPE)
    return result
  },
}

/** Reads from an object, whatever the handle: the number of bytes or −errno. @throws EINVAL, EFAULT */
export function readFrom(open: OpenObject, buffer: Uint8Array): number {
  checkBytes(buffer, 'buffer')
  const stream = methodsOf(open, StreamOps)
  return stream === undefined ? notStream(open) : counted(stream.read(open, buffer), buffer.length)
}

/** Writes to an object, whatever the handle: the number of bytes or −errno. @throws EINVAL, EFAULT */
export function writeTo(open: OpenObject, bytes: Uint8Array): number {
  checkBytes(bytes, 'bytes')
  const stream = methodsOf(open, StreamOps)
  return stream === undefined ? notStream(open) : counted(stream.write(open, bytes), bytes.length)
}

function notStream(open: OpenObject): number {
  return methodsOf(open, DirectoryOps) === undefined ? -EINVAL : -EISDIR
}
