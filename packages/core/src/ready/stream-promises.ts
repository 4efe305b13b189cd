import { checkBytes } from '../errors/check.js'
import { EAGAIN, EINVAL } from '../errors/numbers.js'
import { errorFrom, HandleError } from '../errors/handle-error.js'
import { methodsOf } from '../kind/kind.js'
import { openObjectOf } from '../object/reference.js'
import { NONBLOCK } from '../object/access.js'
import { StreamOps } from '../ops/stream.js'
import { Transfer } from './transfer.js'
import { untilAnswered, type WaitOptions } from './promises.js'
import type { BorrowedObject } from '../object/kernel-object.js'
import type { OpenObject } from '../object/open-object.js'

/**
 * Reads into `buffer`, waiting until there are bytes (read(2) on a blocking descriptor). Returns the number of
 * bytes, 0 at the end of file.
 *
 * @throws EAGAIN at once if the object is non-blocking; EINVAL if it is not a stream; `signal.reason`;
 *   ETIMEDOUT; the object's own errors
 */
export async function readAsync(object: BorrowedObject, buffer: Uint8Array, options: WaitOptions = {}): Promise<number> {
  const open = openObjectOf(object)
  checkBytes(buffer, 'buffer', 'read')
  const stream = methodsOf(open, StreamOps)
  const read = stream === undefined ? -EINVAL : await untilAnswered(open, () => stream.read(open, buffer), options, 'read')
  if (read < 0) throw errorFrom(read, { syscall: 'read' })
  return read
}

/**
 * Writes all of `bytes`, waiting for room (write(2) on a blocking descriptor). Returns the number of bytes
 * written: fewer only if the object is non-blocking, or something ended the write half way.
 *
 * @throws as {@link readAsync}, and EPIPE if there is no reader; only if nothing was written
 */
export async function writeAsync(object: BorrowedObject, bytes: Uint8Array, options: WaitOptions = {}): Promise<number> {
  const { written, failure } = await writeWhole(openObjectOf(object), bytes, options)
  if (written === 0 && failure !== undefined) throw failure as Error
  return written
}

/**
 * {@link writeAsync} for system calls: returns how much was written, and the error that ended it early. A kernel
 * raises SIGPIPE for EPIPE even if a part was written.
 */
export async function writeWhole(
  open: OpenObject,
  bytes: Uint8Array,
  options: WaitOptions,
): Promise<{ written: number; failure: unknown }> {
  checkBytes(bytes, 'bytes', 'write')
  const stream = methodsOf(open, StreamOps)
  if (stream === undefined) return { written: 0, failure: new HandleError('EINVAL', { syscall: 'write' }) }
  const transfer = new Transfer(bytes, (rest) => stream.write(open, rest))
  try {
    const answer = await untilAnswered(open, () => transfer.attempt(), options, 'write')
    return writeResult(open, transfer.moved, answer)
  } catch (failure) {
    return { written: transfer.moved, failure }
  }
}

/** How a write ended, given what its last attempt answered. A non-blocking object that has taken a part is no failure. */
export function writeResult(open: OpenObject, written: number, answer: number): { written: number; failure: unknown } {
  const isPart = written > 0 && answer === -EAGAIN && (open.status & NONBLOCK) !== 0
  return { written, failure: answer < 0 && !isPart ? errorFrom(answer, { syscall: 'write' }) : undefined }
}
