import { errnoFrom, type Handle, type WaitOptions } from '@ht/core'
import { untilAnsweredSync } from '@ht/core/shared'
import { checkWaitOptions } from '../check.js'
import { located } from '../errors.js'
import { endedError } from '../task/end.js'
import type { Blocker } from '../calls/waits.js'
import type { Received } from '../calls/messages.js'
import type { Exit } from '../task/program.js'
import type { ChildNumber } from '../task/child.js'
import type { RunningTask } from '../task/task.js'

/**
 * The calls that wait, blocking the thread: each does what the call ending in `Async` does, gives what its promise
 * fulfils with, and throws what it rejects with. A signal for which the program has set a function is answered while
 * it blocks. Only a task in a worker has them.
 */
export interface SyncCalls {
  readSync(handle: Handle, buffer: Uint8Array, options?: WaitOptions): number
  writeSync(handle: Handle, bytes: Uint8Array, options?: WaitOptions): number
  readvSync(handle: Handle, buffers: readonly Uint8Array[], options?: WaitOptions): number
  writevSync(handle: Handle, buffers: readonly Uint8Array[], options?: WaitOptions): number
  listenSync(handle: Handle, backlog: number, options?: WaitOptions): void
  accept4Sync(handle: Handle, flags?: number, options?: WaitOptions): Handle
  connectSync(handle: Handle, address: string, options?: WaitOptions): void
  sendSync(handle: Handle, bytes: Uint8Array, flags?: number, options?: WaitOptions): number
  sendtoSync(handle: Handle, bytes: Uint8Array, flags?: number, address?: string, options?: WaitOptions): number
  recvSync(handle: Handle, buffer: Uint8Array, flags?: number, options?: WaitOptions): number
  recvfromSync(handle: Handle, buffer: Uint8Array, flags?: number, options?: WaitOptions): Received
  /** `wait`, blocking (waitpid(2)). */
  waitSync(child?: ChildNumber, options?: WaitOptions): Exit
}

const CALLS = [
  'read',
  'write',
  'readv',
  'writev',
  'listen',
  'accept4',
  'connect',
  'send',
  'sendto',
  'recv',
  'recvfrom',
] as const

/** Puts the calls that block where tasks find them. */
export function installSyncCalls(prototype: object): void {
  for (const call of CALLS) {
    const form = `${call}Async`
    Object.assign(prototype, {
      [`${call}Sync`](this: RunningTask, ...args: never[]): unknown {
        return blocking(this, () => (this[form as 'readAsync'] as (...args: never[]) => unknown)(...args))
      },
    })
  }
}

/** Makes one call that would give a promise block instead: what the promise would fulfil with. */
export function blocking(task: RunningTask, call: () => unknown): unknown {
  task.blocker = carryOut
  try {
    return call()
  } finally {
    task.blocker = undefined
  }
}

/** Asked anew each time: what is called in between may end the task. */
function hasEnded(task: RunningTask): boolean {
  return task.ended !== undefined
}

const carryOut: Blocker = (task, name, args, options = {}, work, shape) => {
  if (hasEnded(task)) throw located(endedError(task), task, name)
  const told = task.kernel.tracer?.begin(task, name, args)
  try {
    checkWaitOptions(options)
    options.signal?.throwIfAborted()
    const result = work({
      ...options,
      told,
      block(open, attempt, syscall, always) {
        // A function that a signal has called may have ended the task.
        const isInterrupted = () => hasEnded(task)
        return untilAnsweredSync(open, attempt, { ...options, isInterrupted }, syscall, always)
      },
    })
    told?.end(result)
    return shape === undefined ? result : shape(result)
  } catch (thrown) {
    const error = hasEnded(task) ? endedError(task) : thrown
    told?.end(errnoFrom(error))
    if (options.signal?.aborted === true && options.signal.reason === error) throw error
    throw located(error, task, name, name === 'wait' ? undefined : args[0])
  }
}
