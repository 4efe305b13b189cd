import { errnoFrom, onAbort } from '@ht/core'
import { checkWaitOptions } from '../check.js'
import { located } from '../errors.js'
import { endedError, ignore } from '../task/end.js'
import { checkRoom } from './room.js'
import { failureOf, type Definition, type WaitingCall } from './waiting-call.js'
import type { RunningTask } from '../task/task.js'

/** Puts the forms of a family of calls that return promises where tasks find them: `readAsync` for `read`. */
export function installPromises(prototype: object, family: Readonly<Record<string, Definition>>): void {
  for (const [name, define] of Object.entries(family)) {
    Object.assign(prototype, {
      [`${name}Async`](this: RunningTask, ...args: never[]) {
        return promiseOf(this, define.apply(this, args))
      },
    })
  }
}

/**
 * Carries out a call, waiting by a promise. Does for it what all of them need: the task's end ends it, the trace is
 * told, its errors name call, handle and task. What is answered at once is traced at once, so that a trace tells
 * in which order things happened.
 */
export function promiseOf<R>(task: RunningTask, call: WaitingCall<R>): Promise<R> {
  checkRoom()
  const promise: Promise<R> = carryOut(task, call).finally(() => task.waits.delete(promise))
  task.waits.add(promise)
  if (task.ended !== undefined) promise.catch(ignore)
  return promise
}

async function carryOut<R>(task: RunningTask, call: WaitingCall<R>): Promise<R> {
  const { name, args, options = {} } = call
  if (task.ended !== undefined) {
    // A program that goes on calling must not keep everybody else from running.
    await task.kernel.pace.turn(true)
    throw located(endedError(task), task, name)
  }
  const told = task.kernel.tracer?.begin(task, name, args)
  let leave = ignore
  try {
    checkWaitOptions(options)
    let { signal } = task
    if (options.signal !== undefined) {
      options.signal.throwIfAborted()
      ;({ signal, leave } = either(options.signal, signal))
    }
    const answer = call.work({ signal, timeoutMs: options.timeoutMs, told })
    const result = answer instanceof Promise ? ((await answer) as unknown) : answer
    told?.end(result)
    return call.shape(result)
  } catch (error) {
    told?.end(errnoFrom(error))
    throw failureOf(task, call, error)
  } finally {
    leave()
    if (task.kernel.pace.isDue()) await task.kernel.pace.turn()
  }
}

/** A signal that is aborted when one of these is, until `leave` is called. */
function either(...signals: readonly AbortSignal[]): { signal: AbortSignal; leave: () => void } {
  const controller = new AbortController()
  const forget = signals.map((signal) =>
    onAbort(signal, () => {
      controller.abort(signal.reason)
    }),
  )
  return {
    signal: controller.signal,
    leave() {
      for (const each of forget) each()
    },
  }
}
