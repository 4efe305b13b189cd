import { errnoFrom, type Handle, type WaitOptions } from '@ht/core'
import { untilAnsweredSync } from '@ht/core/shared'
import { checkRoom } from '../calls/room.js'
import { failureOf, type Definition, type WaitingCall } from '../calls/waiting-call.js'
import { checkWaitOptions } from '../check.js'
import { located } from '../errors.js'
import { endedError } from '../task/end.js'
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

/** Puts the blocking forms of a family of calls where tasks find them: `readSync` for `read`. */
export function installBlocking(prototype: object, family: Readonly<Record<string, Definition>>): void {
  for (const [name, define] of Object.entries(family)) {
    Object.assign(prototype, {
      [`${name}Sync`](this: RunningTask, ...args: never[]) {
        return blocking(this, define.apply(this, args))
      },
    })
  }
}

/** Carries out a call, blocking the thread: what a promise of it would fulfil with. @throws what that would reject with */
export function blocking<R>(task: RunningTask, call: WaitingCall<R>): R {
  checkRoom()
  const { name, args, options = {} } = call
  if (hasEnded(task)) throw located(endedError(task), task, name)
  const told = task.kernel.tracer?.begin(task, name, args)
  try {
    checkWaitOptions(options)
    options.signal?.throwIfAborted()
    const result = call.work({
      ...options,
      told,
      block(open, attempt, syscall, always) {
        // A function that a signal has called may have ended the task.
        const isInterrupted = () => hasEnded(task)
        return untilAnsweredSync(open, attempt, { ...options, isInterrupted }, syscall, always)
      },
    })
    told?.end(result)
    return call.shape(result)
  } catch (thrown) {
    const error = hasEnded(task) ? endedError(task) : thrown
    told?.end(errnoFrom(error))
    throw failureOf(task, call, error)
  }
}

/** Asked anew each time: what is called in between may end the task. */
function hasEnded(task: RunningTask): boolean {
  return task.ended !== undefined
}
