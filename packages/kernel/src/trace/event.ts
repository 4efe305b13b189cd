import type { RunningTask } from '../task/task.js'

/** Bytes among the arguments of a call. */
export interface TracedBytes {
  /**
   * A copy, made in the step that moved the bytes: what a call sends, or what it has filled. At most `traceBytes` for
   * all arguments of a call together.
   */
  readonly bytes: Uint8Array
  /** How many bytes the argument has. */
  readonly length: number
}

/** One system call, reported when it has ended. */
export interface TraceEvent {
  /** The number of the task that called. */
  readonly task: number
  /** The call's name: `read`, `pipe2`, `fork`. Also `signal` and `exit`, which happen to a task. */
  readonly name: string
  /** The arguments as the caller gave them. Bytes are {@link TracedBytes}. */
  readonly args: readonly unknown[]
  /** The result: a value, or −errno. Undefined if the call is unfinished. */
  readonly result: unknown
  /** When it began, in milliseconds since 1970, with fractions. */
  readonly start: number
  /** How long it took, in milliseconds. */
  readonly duration: number
  /** Set if the worker ended during the call, which may have had all of its effect, a part, or none. */
  readonly unfinished?: boolean
}

/**
 * Called with each call of each task. It may do anything, even make system calls. An error that it throws does not reach
 * the traced call: it is thrown again when the current work is done, like an event listener's error. It is then an uncaught
 * error of the host, which ends a Node.js process; a trace that may fail must catch its own errors.
 */
export type Trace = (event: TraceEvent) => void

/** What is told of calls. A kernel without a trace has none, and its tasks have no check for it. */
export interface Tracer {
  begin(task: RunningTask, name: string, args: readonly unknown[]): TracedCall
}

/** A call that has begun. None of this throws. */
export interface TracedCall {
  /** Some bytes of the call's second argument have just been moved, those that begin at byte `at` of it. */
  moved(at: number, bytes: Uint8Array): void
  /** The call has just been answered: what it fills is filled. */
  answered(result: unknown): void
  /** The call has ended. Only the first end counts. */
  end(result: unknown): void
}

/** Tells of what happens to a task in one step: a signal, its end, a child that was made. */
export function traced(task: RunningTask, name: string, args: readonly unknown[], result: unknown): void {
  task.kernel.tracer?.begin(task, name, args).end(result)
}

/** The time in milliseconds since 1970, by a clock that is not set back and tells more than milliseconds. */
export function now(): number {
  return performance.timeOrigin + performance.now()
}
