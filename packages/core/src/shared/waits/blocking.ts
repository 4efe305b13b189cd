import { checkBytes, checkFunction, checkInteger } from '../../errors/check.js'
import { EAGAIN, EINVAL } from '../../errors/numbers.js'
import { errorFrom, HandleError } from '../../errors/handle-error.js'
import { methodsOf } from '../../kind/kind.js'
import { openObjectOf } from '../../object/reference.js'
import { beginOperation, endOperation, type OpenObject } from '../../object/open-object.js'
import { NONBLOCK } from '../../object/access.js'
import { StreamOps } from '../../ops/stream.js'
import { ERR, HUP } from '../../ready/readiness.js'
import { writeResult } from '../../ready/stream-promises.js'
import { Transfer } from '../../ready/transfer.js'
import { deadlineOf, readiness, type WaitOptions } from '../../ready/promises.js'
import { SharedWaitQueue } from './shared-wait-queue.js'
import type { BorrowedObject } from '../../object/kernel-object.js'

/** Options of every call that blocks its thread. */
export interface SyncWaitOptions extends WaitOptions {
  /**
   * Ends the wait: the call throws its `reason`. A blocked thread runs no code that could abort it, so it is checked
   * before the first attempt and whenever the thread wakes.
   */
  readonly signal?: AbortSignal | undefined
  /** Called whenever the thread wakes; true ends the wait with EINTR. The thread that makes it true must wake this one. */
  readonly isInterrupted?: (() => boolean) | undefined
}

/**
 * The one way in which every call of this package blocks: tries at once, and again after each change of the
 * object's readiness, until the answer is not −EAGAIN. The object is held while the thread waits, so closing its last
 * handle does not take it away; before that the caller's reference or borrow holds it.
 *
 * @param attempt tries without waiting: a value, or a negative errno
 * @param always waits even if the object is non-blocking, as poll(2) does; otherwise −EAGAIN comes back then
 * @throws `signal.reason`; ETIMEDOUT; EINTR; EINVAL for options of the wrong shape; EDEADLK where the thread may not
 *   block, and for an object that no other thread could change meanwhile; the error of `attempt`
 */
export function untilAnsweredSync(
  open: OpenObject,
  attempt: () => number,
  options: SyncWaitOptions,
  syscall: string,
  always = false,
): number {
  const deadline = deadlineOf(options, syscall)
  const { signal, isInterrupted } = options
  if (isInterrupted !== undefined) checkFunction(isInterrupted, 'options.isInterrupted', syscall)
  signal?.throwIfAborted()
  const { ready, shared } = open.kind
  const answer = attempt()
  if (answer !== -EAGAIN || ready === undefined || (!always && (open.status & NONBLOCK) !== 0)) return answer
  const queue = ready.changes(open)
  if (!(queue instanceof SharedWaitQueue)) {
    const text = `this thread would wait for ever: nobody else can change ${open.kind.name} ${String(open.id)} while it is blocked`
    throw new HandleError('EDEADLK', { text, syscall })
  }
  beginOperation(open)
  try {
    const wake = {
      deadline,
      isInterrupted() {
        signal?.throwIfAborted()
        return isInterrupted?.() === true
      },
      // An attempt on what is at home elsewhere is a call.
      spins: shared !== undefined,
    }
    return queue.memory.waits.block([queue.at], attempt, wake, syscall)
  } finally {
    endOperation(open)
  }
}

/**
 * Blocks until an object is ready for one of `events` (IN, OUT, …, or-ed), or has failed or lost its other side, and
 * returns all its readiness bits: `whenReady` for a thread that may block.
 *
 * @throws as {@link untilAnsweredSync}; EINVAL for invalid events
 */
export function whenReadySync(object: BorrowedObject, events: number, options: SyncWaitOptions = {}): number {
  const open = openObjectOf(object)
  checkInteger(events, 'events', 1, 0xffff, 'whenReadySync')
  let bits = 0
  const attempt = () => {
    bits = readiness(open)
    return (bits & (events | ERR | HUP)) === 0 ? -EAGAIN : 0
  }
  untilAnsweredSync(open, attempt, options, 'whenReadySync', true)
  return bits
}

/**
 * Reads into `buffer`, blocking until there are bytes (read(2)). Returns the number of bytes, 0 at the end of
 * file.
 *
 * @throws EAGAIN at once if the object is non-blocking; EINVAL if it is not a stream; as {@link untilAnsweredSync};
 *   the object's own errors
 */
export function readSync(object: BorrowedObject, buffer: Uint8Array, options: SyncWaitOptions = {}): number {
  const open = openObjectOf(object)
  checkBytes(buffer, 'buffer', 'read')
  const stream = methodsOf(open, StreamOps)
  const read = stream === undefined ? -EINVAL : untilAnsweredSync(open, () => stream.read(open, buffer), options, 'read')
  if (read < 0) throw errorFrom(read, { syscall: 'read' })
  return read
}

/**
 * Writes all of `bytes`, blocking until there is room (write(2)). Returns the number of bytes written: fewer only
 * if the object is non-blocking, or something ended the write half way.
 *
 * @throws as {@link readSync}, and EPIPE if there is no reader; only if nothing was written
 */
export function writeSync(object: BorrowedObject, bytes: Uint8Array, options: SyncWaitOptions = {}): number {
  const { written, failure } = writeWholeSync(openObjectOf(object), bytes, options)
  if (written === 0 && failure !== undefined) throw failure as Error
  return written
}

/** {@link writeSync} for system calls: returns how much was written, and the error that ended it early. */
export function writeWholeSync(
  open: OpenObject,
  bytes: Uint8Array,
  options: SyncWaitOptions,
): { written: number; failure: unknown } {
  checkBytes(bytes, 'bytes', 'write')
  const stream = methodsOf(open, StreamOps)
  if (stream === undefined) return { written: 0, failure: new HandleError('EINVAL', { syscall: 'write' }) }
  const transfer = new Transfer(bytes, (rest) => stream.write(open, rest))
  try {
    const answer = untilAnsweredSync(open, () => transfer.attempt(), options, 'write')
    return writeResult(open, transfer.moved, answer)
  } catch (failure) {
    return { written: transfer.moved, failure }
  }
}
