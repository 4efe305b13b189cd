import { checkBytes, errorFrom, READABLE, WRITABLE, type Handle, type Move, type OpenObject, type WaitOptions } from '@ht/core'
import { invalid } from '../check.js'
import { reap, reapLater } from '../task/reap.js'
import { leavesError, signalled } from './broken.js'
import { tableOf } from './lookup.js'
import { promiseOf } from './promises.js'
import { checkRoom } from './room.js'
import { readFrom, writeTo } from './stream.js'
import { checkVector, Gathered, refusalOfVector, Scattered, withoutBytes } from './vectors.js'
import { callOn, same, type Begin, type WaitingFamily } from './waiting-call.js'
import type { Exit } from '../task/program.js'
import type { ChildNumber } from '../task/child.js'
import type { RunningTask } from '../task/task.js'

/**
 * Calls that wait. A call ends when its task ends. `options.signal` ends it with the signal's reason,
 * `options.timeoutMs` with ETIMEDOUT. The object is held meanwhile: closing the handle does not end the call.
 */
export interface WaitingCalls {
  /**
   * Reads, waiting until there are bytes (read(2) on a blocking descriptor). If the object is non-blocking, the call
   * does not wait but fails with EAGAIN. Rejects as `read` throws.
   */
  readAsync(handle: Handle, buffer: Uint8Array, options?: WaitOptions): Promise<number>
  /**
   * Writes all of `bytes`, waiting for room (write(2)). Writes fewer only if the object is non-blocking, or something
   * ended the write half way; a broken pipe raises SIGPIPE even then. Rejects as `write` throws.
   */
  writeAsync(handle: Handle, bytes: Uint8Array, options?: WaitOptions): Promise<number>
  /** {@link readAsync} into several buffers (readv(2)). */
  readvAsync(handle: Handle, buffers: readonly Uint8Array[], options?: WaitOptions): Promise<number>
  /** {@link writeAsync} of several buffers (writev(2)). */
  writevAsync(handle: Handle, buffers: readonly Uint8Array[], options?: WaitOptions): Promise<number>
  /**
   * Waits until a child has ended, this one or any, and reaps it (waitpid(2)). Rejects with ECHILD if there is
   * no such child.
   */
  wait(child?: ChildNumber, options?: WaitOptions): Promise<Exit>
  /** Like {@link wait}, but returns at once: undefined while no such child has ended (WNOHANG). @throws ECHILD */
  tryWait(child?: ChildNumber): Exit | undefined
}

export const streamWaits: WaitingFamily<WaitingCalls> = {
  read(handle, buffer, options) {
    const begin: Begin = (open) => () => readFrom(open, buffer)
    return callOn(this, 'read', [handle, buffer], options, begin, { mode: READABLE })
  },

  write(handle, bytes, options) {
    const begin: Begin = (open, whole) => whole(checkBytes(bytes, 'bytes'), writing(this, open))
    return callOn(this, 'write', [handle, bytes], options, begin, { mode: WRITABLE })
  },

  readv(handle, buffers, options) {
    const begin: Begin = (open) => {
      const scattered = new Scattered(checkVector(buffers))
      return () => scattered.readFrom(open)
    }
    return callOn(this, 'readv', [handle, buffers], options, begin, { mode: READABLE })
  },

  writev(handle, buffers, options) {
    const begin: Begin = (open, whole) => {
      const bytes = new Gathered(checkVector(buffers))
      if (bytes.length === 0) return withoutBytes(open)
      return refusalOfVector(open, bytes) || whole(bytes, writing(this, open))
    }
    return callOn(this, 'writev', [handle, buffers], options, begin, { mode: WRITABLE })
  },
}

/** Waiting for children. */
export const childCalls: Pick<WaitingCalls, 'wait' | 'tryWait'> & ThisType<RunningTask> = {
  wait(child, options) {
    const work = async (within: WaitOptions) => {
      const exit = await reapLater(this, checkChild(child), within)
      if (typeof exit === 'number') throw errorFrom(exit)
      return exit
    }
    return promiseOf(this, { name: 'wait', args: [childNumber(child)], handle: undefined, options, work, shape: same<Exit> })
  },

  tryWait(child) {
    checkRoom()
    tableOf(this)
    const exit = reap(this, checkChild(child))
    if (typeof exit !== 'number') return exit
    if (errorFrom(exit).code === 'EAGAIN') return undefined
    throw errorFrom(exit, { syscall: 'wait', task: this.id })
  },
}

function writing(task: RunningTask, open: OpenObject): Move {
  return (rest, moved) => (leavesError(open, moved) ? 0 : signalled(task, open, writeTo(open, rest), moved))
}

function childNumber(child: ChildNumber | undefined): number | undefined {
  return typeof child === 'object' ? (child as { id: number } | null)?.id : child
}

function checkChild(child: ChildNumber | undefined): number | undefined {
  const number = childNumber(child)
  if (child !== undefined && typeof number !== 'number') throw invalid('child', 'a task or its number', child)
  return number
}
