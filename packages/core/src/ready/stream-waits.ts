import { checkBytes } from '../errors/check.js'
import { EAGAIN, EINVAL } from '../errors/numbers.js'
import { errorFrom, HandleError } from '../errors/handle-error.js'
import { methodsOf } from '../kind/kind.js'
import { openObjectOf } from '../object/reference.js'
import { NONBLOCK } from '../object/access.js'
import { StreamOps } from '../ops/stream.js'
import { untilAnswered, type WaitOptions } from './wait.js'
import type { BorrowedObject } from '../object/kernel-object.js'
import type { OpenObject } from '../object/open-object.js'

/**
 * Reads into `buffer`, waiting until there is something (read(2) on a blocking descriptor). Gives the
 * number of bytes, 0 at the end of file.
 *
 * @throws EAGAIN at once when the object is non-blocking; EINVAL when it is no stream; `signal.reason`;
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
 * Writes all of `bytes`, waiting for room (write(2) on a blocking descriptor). Gives the number of bytes
 * written: fewer only when the object is non-blocking, or something ended the write half way.
 *
 * @throws as {@link readAsync}, and EPIPE when no reader is left; only when nothing was written
 */
export async function writeAsync(object: BorrowedObject, bytes: Uint8Array, options: WaitOptions = {}): Promise<number> {
  const { written, failure } = await writeWhole(openObjectOf(object), bytes, options)
  if (written === 0 && failure !== undefined) throw failure as Error
  return written
}

/**
 * {@link writeAsync} for system calls: how much was written, and what ended it early. A kernel raises
 * SIGPIPE for an EPIPE also when part of it was written.
 */
export async function writeWhole(
  open: OpenObject,
  bytes: Uint8Array,
  options: WaitOptions,
): Promise<{ written: number; failure: unknown }> {
  checkBytes(bytes, 'bytes', 'write')
  const stream = methodsOf(open, StreamOps)
  if (stream === undefined) return { written: 0, failure: new HandleError('EINVAL', { syscall: 'write' }) }
  const whole = new WholeWrite(open, bytes, (part) => stream.write(open, part))
  try {
    const answer = await untilAnswered(open, () => whole.attempt(), options, 'write')
    return whole.result(answer)
  } catch (failure) {
    return { written: whole.written, failure }
  }
}

/** A write that goes on until all is in: its attempts, which never wait. */
export class WholeWrite {
  written = 0
  readonly #open: OpenObject
  readonly #bytes: Uint8Array
  readonly #write: (part: Uint8Array) => number

  constructor(open: OpenObject, bytes: Uint8Array, write: (part: Uint8Array) => number) {
    this.#open = open
    this.#bytes = bytes
    this.#write = write
  }

  /** Writes what goes in now: how much is in when it is over, or −EAGAIN, or what went wrong. */
  attempt(): number {
    // Again after a part: a reader may have made room already, and its change is told to nobody who waits yet.
    for (;;) {
      const { written } = this
      const answer = this.#write(written === 0 ? this.#bytes : this.#bytes.subarray(written))
      if (answer < 0) return written > 0 && answer === -EAGAIN && (this.#open.status & NONBLOCK) !== 0 ? written : answer
      this.written += answer
      if (this.written >= this.#bytes.length || answer === 0) return this.written
    }
  }

  /** What the write came to, by what its last attempt answered. */
  result(answer: number): { written: number; failure: unknown } {
    return { written: this.written, failure: answer < 0 ? errorFrom(answer, { syscall: 'write' }) : undefined }
  }
}
