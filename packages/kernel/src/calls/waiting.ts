import {
  checkBytes,
  errnoFrom,
  errorFrom,
  NONBLOCK,
  READABLE,
  untilAnswered,
  WRITABLE,
  type Handle,
  type OpenObject,
  type WaitOptions,
} from '@ht/core'
import { checkWaitOptions, invalid } from '../check.js'
import { EAGAIN, EPIPE } from '../errno.js'
import { located } from '../errors.js'
import { endedError, ignore } from '../task/end.js'
import { raise, SIGPIPE } from '../task/signals.js'
import { reap, reapLater } from '../task/wait.js'
import { traced } from '../trace/event.js'
import { tableOf, withOpen } from './lookup.js'
import { checkVector, gather, readFrom, readVector, writeTo } from './stream.js'
import type { Exit } from '../task/program.js'
import type { RunningTask, Task } from '../task/task.js'

/**
 * Calls that wait. Each ends when its task does; `options.signal` ends it with the signal's reason,
 * `options.timeoutMs` with ETIMEDOUT. The object is held meanwhile: closing the handle does not end the call.
 */
export interface WaitingCalls {
  /**
   * Reads, waiting until there is something (read(2) on a blocking descriptor); a non-blocking object does not
   * wait, and gives EAGAIN. Rejects as `read` throws.
   */
  readAsync(handle: Handle, buffer: Uint8Array, options?: WaitOptions): Promise<number>
  /**
   * Writes all of `bytes`, waiting for room (write(2)). Gives fewer only for a non-blocking object, or when
   * something ended the write half way; SIGPIPE is raised then too. Rejects as `write` throws.
   */
  writeAsync(handle: Handle, bytes: Uint8Array, options?: WaitOptions): Promise<number>
  /** {@link readAsync} into several buffers (readv(2)). */
  readvAsync(handle: Handle, buffers: readonly Uint8Array[], options?: WaitOptions): Promise<number>
  /** {@link writeAsync} of several buffers (writev(2)). */
  writevAsync(handle: Handle, buffers: readonly Uint8Array[], options?: WaitOptions): Promise<number>
  /**
   * Waits until a child has ended, this one or any, and reaps it (waitpid(2)). Rejects with ECHILD when there is
   * no such child.
   */
  wait(child?: number | Task, options?: WaitOptions): Promise<Exit>
  /** {@link wait} at once: undefined while no such child has ended (WNOHANG). @throws ECHILD */
  tryWait(child?: number | Task): Exit | undefined
}

export const waitingCalls: WaitingCalls & ThisType<RunningTask> = {
  readAsync(handle, buffer, options) {
    return read(this, 'read', [handle, buffer], (open) => readFrom(open, buffer), options)
  },

  writeAsync(handle, bytes, options) {
    return write(this, 'write', [handle, bytes], () => checkBytes(bytes, 'bytes'), options)
  },

  readvAsync(handle, buffers, options) {
    return read(this, 'readv', [handle, buffers], (open) => readVector(open, checkVector(buffers)), options)
  },

  writevAsync(handle, buffers, options) {
    return write(this, 'writev', [handle, buffers], () => gather(checkVector(buffers)), options)
  },

  wait(child, options) {
    return waiting(this, 'wait', [childNumber(child)], options, async (within) => {
      const exit = await reapLater(this, checkChild(child), within)
      if (typeof exit === 'number') throw errorFrom(exit)
      return exit
    })
  },

  tryWait(child) {
    tableOf(this)
    const exit = reap(this, checkChild(child))
    if (typeof exit !== 'number') return exit
    if (errorFrom(exit).code === 'EAGAIN') return undefined
    throw errorFrom(exit, { syscall: 'wait', task: this.id })
  },
}

/** What a call that may wait came to: at once, where it did not have to. */
type Answer<T> = T | Promise<T>

/**
 * Carries out a call that may wait, and does for it what all of them need: the task's end ends it, the trace is
 * told, its errors name call, handle and task. What is answered at once is traced at once, so that a trace tells
 * in which order things happened.
 */
function waiting<T>(
  task: RunningTask,
  name: string,
  args: readonly unknown[],
  options: WaitOptions = {},
  work: (options: WaitOptions) => Answer<T>,
): Promise<T> {
  const call: Promise<T> = carryOut(task, name, args, options, work).finally(() => task.waits.delete(call))
  task.waits.add(call)
  if (task.ended !== undefined) call.catch(ignore)
  return call
}

async function carryOut<T>(
  task: RunningTask,
  name: string,
  args: readonly unknown[],
  options: WaitOptions,
  work: (options: WaitOptions) => Answer<T>,
): Promise<T> {
  if (task.ended !== undefined) {
    // A program that goes on calling must not keep everybody else from running.
    await task.kernel.pace.turn(true)
    throw located(endedError(task), task, name)
  }
  let leave = ignore
  try {
    checkWaitOptions(options)
    let { signal } = task
    if (options.signal !== undefined) {
      options.signal.throwIfAborted()
      ;({ signal, leave } = either(options.signal, signal))
    }
    const answer = work({ signal, timeoutMs: options.timeoutMs })
    const result = answer instanceof Promise ? await answer : answer
    traced(task, name, args, result)
    return result
  } catch (error) {
    traced(task, name, args, errnoFrom(error))
    throw isReasonOf(options, error) ? error : located(error, task, name, name === 'wait' ? undefined : args[0])
  } finally {
    leave()
    if (task.kernel.pace.isDue()) await task.kernel.pace.turn()
  }
}

/** A signal that is aborted when one of these is, until `leave` is called. */
function either(...signals: readonly AbortSignal[]): { signal: AbortSignal; leave: () => void } {
  const controller = new AbortController()
  const abort = ({ target }: Event) => {
    controller.abort((target as AbortSignal).reason)
  }
  for (const signal of signals) signal.addEventListener('abort', abort)
  return {
    signal: controller.signal,
    leave() {
      for (const signal of signals) signal.removeEventListener('abort', abort)
    },
  }
}

/** Tries at once, and then whenever the object has changed: the answer, which is −EAGAIN only where none waits. */
function answered(open: OpenObject, attempt: () => number, options: WaitOptions, name: string): Answer<number> {
  const answer = attempt()
  const waits = answer === -EAGAIN && (open.status & NONBLOCK) === 0
  return waits ? untilAnswered(open, attempt, options, name) : answer
}

function read(
  task: RunningTask,
  name: string,
  args: readonly [Handle, unknown],
  attempt: (open: OpenObject) => number,
  options: WaitOptions | undefined,
): Promise<number> {
  return waiting(task, name, args, options, (within) => {
    tableOf(task, args[0])
    const answer = withOpen(task, args[0], (open) => answered(open, () => attempt(open), within, name), READABLE)
    return answer instanceof Promise ? answer.then(succeeded) : succeeded(answer)
  })
}

function write(
  task: RunningTask,
  name: string,
  args: readonly [Handle, unknown],
  bytesOf: () => Uint8Array,
  options: WaitOptions | undefined,
): Promise<number> {
  let written = 0
  const ended = (answer: number): number => {
    if (answer === -EPIPE) raise(task, SIGPIPE)
    return partly(answer) ?? succeeded(answer)
  }
  /** What was written before something ended the write; a task that has ended is told so instead. */
  const partly = (answer: unknown) =>
    written > 0 && task.ended === undefined && (typeof answer !== 'number' || answer < 0) ? written : undefined
  return waiting(task, name, args, options, (within) => {
    const begin = (open: OpenObject) => {
      const bytes = bytesOf()
      const attempt = () => {
        const count = writeTo(open, written === 0 ? bytes : bytes.subarray(written))
        if (count < 0) return count
        written += count
        return written >= bytes.length || (open.status & NONBLOCK) !== 0 ? written : -EAGAIN
      }
      return answered(open, attempt, within, name)
    }
    tableOf(task, args[0])
    const answer = withOpen(task, args[0], begin, WRITABLE)
    if (!(answer instanceof Promise)) return ended(answer)
    return answer.then(ended, (error: unknown) => {
      const count = partly(error)
      if (count === undefined) throw error
      return count
    })
  })
}

function succeeded(result: number): number {
  if (result < 0) throw errorFrom(result)
  return result
}

/** Whether a call failed because the caller's own signal was aborted. */
function isReasonOf(options: WaitOptions | null, error: unknown): boolean {
  return options?.signal?.aborted === true && options.signal.reason === error
}

function childNumber(child: number | Task | undefined): number | undefined {
  return typeof child === 'object' ? (child as Task | null)?.id : child
}

function checkChild(child: number | Task | undefined): number | undefined {
  const number = childNumber(child)
  if (child !== undefined && typeof number !== 'number') throw invalid('child', 'a task or its number', child)
  return number
}
