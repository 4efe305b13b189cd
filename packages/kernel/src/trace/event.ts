import type { RunningTask } from '../task/task.js'

/** Bytes among the arguments of a call. */
export interface TracedBytes {
  /**
   * A copy, made in the step that moved them: of bytes that a call sends, what it was given, and of those that it fills,
   * what it has filled. At most `traceBytes` for all arguments of a call together.
   */
  readonly bytes: Uint8Array
  /** How many bytes the argument has. */
  readonly length: number
}

/** One system call, as the trace of a kernel is told of it when it has ended. */
export interface TraceEvent {
  /** The number of the task that called. */
  readonly task: number
  /** The call: `read`, `pipe2`, `fork`; also `signal` and `exit`, which happen to a task. */
  readonly name: string
  /** Its arguments as they were given, but for bytes, which are {@link TracedBytes}. */
  readonly args: readonly unknown[]
  /** What the call came to: a value, or −errno; undefined for one that is unfinished. */
  readonly result: unknown
  /** When it began, in milliseconds since 1970, with fractions. */
  readonly start: number
  /** How long it took, in milliseconds. */
  readonly duration: number
  /** The worker that made the call ended in it: what it was to do has been done, in part, or not at all. */
  readonly unfinished?: boolean
}

/**
 * Is told of each call of each task. It may do anything, system calls included. What it throws reaches
 * no call: it is thrown again when the current work is done, as an event listener's error is, and so is an uncaught error
 * of the host's, which ends a process of Node.js. A trace that may fail catches for itself.
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
