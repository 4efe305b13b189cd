import { errorFrom, NONBLOCK, Transfer, untilAnswered, type Bytes, type Move, type OpenObject, type WaitOptions } from '@ht/core'
import { EAGAIN, EIO } from '../errno.js'
import { located } from '../errors.js'
import { isAnswer } from './answers.js'
import { tableOf, withOpen } from './lookup.js'
import type { RunningTask } from '../task/task.js'
import type { TracedCall } from '../trace/event.js'

/*
 * A call that may wait is written once: as what it does, which waits by the means it is given. Its two forms are made
 * of that: `promises.ts` makes the form that returns a promise, and `worker/blocking.ts` the one that blocks its thread.
 */

/** A call that may wait, with its arguments. It has not begun. */
export interface WaitingCall<R, T = unknown> {
  readonly name: string
  /** What a trace is told of its arguments. */
  readonly args: readonly unknown[]
  /** The handle that its errors name. */
  readonly handle: unknown
  readonly options: WaitOptions | undefined
  /** Carries it out. The result, which a trace is told, is a promise only where `within` has no `block`. */
  work(within: Within): Answer<T>
  /** Makes of the result what the caller gets. */
  shape(result: T): R
}

/** How a call waits. */
export interface Within extends WaitOptions {
  /** Is told what the call does, if anything is. */
  readonly told?: TracedCall | undefined
  /** Blocks until an attempt is answered. If omitted, the call waits by a promise. */
  readonly block?: ((open: OpenObject, attempt: () => number, syscall: string, always: boolean) => number) | undefined
}

/** The result of a call that may wait: at once, where it did not have to. */
export type Answer<T> = T | Promise<T>

/** How a family of calls that wait is written: `read`, where tasks have `readAsync`. */
export type WaitingFamily<C> = {
  [K in keyof C as K extends `${infer N}Async` ? N : never]: C[K] extends (...args: infer A) => Promise<infer R>
    ? (this: RunningTask, ...args: A) => WaitingCall<R>
    : never
}

/** Makes one call of a family. */
export type Definition = (this: RunningTask, ...args: never[]) => WaitingCall<unknown>

/** Makes of the bytes an attempt that is answered when all have been moved, or there is no more to move. */
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
 * A call on a handle, its first argument. What ends the call when some of its bytes have been moved leaves it with
 * their number, unless the task has ended.
 */
export function callOn<R = number>(
  task: RunningTask,
  name: string,
  args: readonly [handle: number, ...unknown[]],
  options: WaitOptions | undefined,
  begin: Begin,
  { mode, always = false, shape = same as (answer: number) => R }: Needs<R> = {},
): WaitingCall<R, number> {
  let transfer: Transfer | undefined
  let told: TracedCall | undefined
  const whole: Whole = (bytes, move) => {
    const made = new Transfer(bytes, told === undefined ? move : toldOfMoves(move, told))
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
      const call = (open: OpenObject, access: number) =>
        answerOf(open, toldOf(begin(open, whole, access), told), within, name, always)
      const answer = withOpen(task, args[0], call, mode)
      return answer instanceof Promise ? answer.then(ended).catch(failed) : ended(answer)
    } catch (error) {
      return failed(error)
    }
  }
  return { name, args, handle: args[0], options, work, shape }
}

/** Waits, as the call does, until an attempt is answered. */
export function until(open: OpenObject, attempt: () => number, within: Within, syscall: string, always: boolean): Answer<number> {
  return within.block?.(open, attempt, syscall, always) ?? untilAnswered(open, attempt, within, syscall, always)
}

/** The shape of a result that the caller gets as it is. */
export function same<T>(result: T): T {
  return result
}

/** What a call throws that ended with this error: the reason of the caller's own signal as it is. */
export function failureOf(task: RunningTask, { name, handle, options }: WaitingCall<unknown>, error: unknown): unknown {
  const signal = (options as WaitOptions | null | undefined)?.signal
  const isReason = signal?.aborted === true && signal.reason === error
  return isReason ? error : located(error, task, name, handle)
}

/** Moves bytes and tells of those that were moved. */
function toldOfMoves(move: Move, told: TracedCall): Move {
  return (rest, moved) => {
    const count = move(rest, moved)
    if (count >= 0) told.moved(moved, rest.subarray(0, count))
    return count
  }
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

/** Tries at once, and then whenever the object has changed. Returns −EAGAIN only if the call does not wait for it. */
function answerOf(open: OpenObject, attempt: ReturnType<Begin>, within: Within, name: string, always: boolean): Answer<number> {
  if (typeof attempt === 'number') return attempt
  const answer = attempt()
  const waits = answer === -EAGAIN && (always || (open.status & NONBLOCK) === 0)
  return waits ? until(open, attempt, within, name, always) : answer
}
