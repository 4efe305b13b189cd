import { errnoFrom, errorFrom, NONBLOCK, onAbort, Transfer, untilAnswered, type Bytes, type Move, type OpenObject, type WaitOptions } from '@ht/core'
import { checkWaitOptions } from '../check.js'
import { EAGAIN, EIO } from '../errno.js'
import { located } from '../errors.js'
import { endedError, ignore } from '../task/end.js'
import { isAnswer } from './answers.js'
import { tableOf, withOpen } from './lookup.js'
import { checkRoom } from './room.js'
import type { RunningTask } from '../task/task.js'
import type { TracedCall } from '../trace/event.js'

/* How calls wait. What they do is theirs: an attempt that answers at once, and −EAGAIN while it has to wait. */

/** How a call waits: for a promise, or by blocking its thread. */
export interface Within extends WaitOptions {
  /** What is told of the call, if anything is. */
  readonly told?: TracedCall | undefined
  /** Blocks until an attempt is answered; undefined where a promise is waited for. */
  readonly block?: ((open: OpenObject, attempt: () => number, syscall: string, always: boolean) => number) | undefined
}

/** Carries out a call by blocking its thread, where {@link waiting} would give a promise. */
export type Blocker = (
  task: RunningTask,
  name: string,
  args: readonly unknown[],
  options: WaitOptions | undefined,
  work: (options: Within) => unknown,
  shape: ((result: unknown) => unknown) | undefined,
) => unknown

/** What a call that may wait came to: at once, where it did not have to. */
export type Answer<T> = T | Promise<T>

/**
 * Carries out a call that may wait, and does for it what all of them need: the task's end ends it, the trace is
 * told, its errors name call, handle and task. What is answered at once is traced at once, so that a trace tells
 * in which order things happened.
 *
 * @param shape makes of what the trace is told what the caller gets
 */
export function waiting<T, R = T>(
  task: RunningTask,
  name: string,
  args: readonly unknown[],
  options: WaitOptions | undefined,
  work: (options: Within) => Answer<T>,
  shape?: (result: T) => R,
): Promise<R> {
  checkRoom()
  const { blocker } = task
  if (blocker !== undefined) {
    // Asked for by a call that blocks, and for this one only: what it is given is no promise.
    task.blocker = undefined
    return blocker(task, name, args, options, work, shape as never) as Promise<R>
  }
  const call: Promise<R> = carryOut(task, name, args, options, work, shape).finally(() => task.waits.delete(call))
  task.waits.add(call)
  if (task.ended !== undefined) call.catch(ignore)
  return call
}

async function carryOut<T, R>(
  task: RunningTask,
  name: string,
  args: readonly unknown[],
  options: WaitOptions = {},
  work: (options: Within) => Answer<T>,
  shape: (result: T) => R = (result) => result as unknown as R,
): Promise<R> {
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
    const answer = work({ signal, timeoutMs: options.timeoutMs, told })
    const result = answer instanceof Promise ? await answer : answer
    told?.end(result)
    return shape(result)
  } catch (error) {
    told?.end(errnoFrom(error))
    throw isReasonOf(options, error) ? error : located(error, task, name, name === 'wait' ? undefined : args[0])
  } finally {
    leave()
    if (task.kernel.pace.isDue()) await task.kernel.pace.turn()
  }
}

/** Makes of it an attempt that is answered when all bytes have been moved, or there is no more to move. */
type Whole = (bytes: Bytes, move: Move) => () => number

/**
 * Begins a call on an object, of which the handle allows this access: gives what is tried until it is not −EAGAIN, or
 * the answer of a call that never waits. The handle is not looked up again: by then it may name another object.
 */
export type Begin = (open: OpenObject, whole: Whole, access: number) => (() => number) | number

/** What some calls on a handle need besides. */
export interface Needs<R> {
  /** What the handle has to be open for. */
  readonly mode?: number
  /** Whether a non-blocking object is waited for too. */
  readonly always?: boolean
  /** Makes of the answer what the caller gets. */
  readonly shape?: ((answer: number) => R) | undefined
}

/**
 * {@link waiting} for a call on a handle, its first argument. What ends a call when some of its bytes have been moved
 * leaves it with their number, unless the task has ended.
 */
export function waitingOn<R = number>(
  task: RunningTask,
  name: string,
  args: readonly [handle: number, ...unknown[]],
  options: WaitOptions | undefined,
  begin: Begin,
  { mode, always = false, shape }: Needs<R> = {},
): Promise<R> {
  let transfer: Transfer | undefined
  let told: TracedCall | undefined
  const whole: Whole = (bytes, move) => {
    const made = new Transfer(bytes, (rest, moved) => {
      const count = move(rest, moved)
      if (count >= 0) told?.moved(moved, rest.subarray(0, count))
      return count
    })
    transfer = made
    return () => made.attempt()
  }
  const ended = (answer: number) => {
    if (answer < 0 || !isAnswer(answer)) throw errorFrom(isAnswer(answer) ? answer : -EIO)
    return answer
  }
  const failed = (error: unknown) => {
    if (transfer !== undefined && transfer.moved > 0 && task.ended === undefined) return transfer.moved
    throw error
  }
  const work = (within: Within) => {
    ;({ told } = within)
    try {
      tableOf(task, args[0])
      const call = (open: OpenObject, access: number) => answerOf(open, toldOf(begin(open, whole, access), told), within, name, always)
      const answer = withOpen(task, args[0], call, mode)
      return answer instanceof Promise ? answer.then(ended).catch(failed) : ended(answer)
    } catch (error) {
      return failed(error)
    }
  }
  return waiting(task, name, args, options, work, shape)
}

/** An attempt that has what it fills looked at in the step that fills it. */
function toldOf(attempt: ReturnType<Begin>, told: TracedCall | undefined): ReturnType<Begin> {
  if (told === undefined) return attempt
  if (typeof attempt === 'number') {
    told.answered(attempt)
    return attempt
  }
  return () => {
    const answer = attempt()
    if (answer >= 0) told.answered(answer)
    return answer
  }
}

/** Tries at once, and then whenever the object has changed: the answer, which is −EAGAIN only where none waits. */
function answerOf(
  open: OpenObject,
  attempt: ReturnType<Begin>,
  options: Within,
  name: string,
  always: boolean,
): Answer<number> {
  if (typeof attempt === 'number') return attempt
  const answer = attempt()
  const waits = answer === -EAGAIN && (always || (open.status & NONBLOCK) === 0)
  if (!waits) return answer
  return options.block?.(open, attempt, name, always) ?? untilAnswered(open, attempt, options, name, always)
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

/** Whether a call failed because the caller's own signal was aborted. */
function isReasonOf(options: WaitOptions | null, error: unknown): boolean {
  return options?.signal?.aborted === true && options.signal.reason === error
}
