import type { RunningTask } from '../task/task.js'

/** One system call, as the trace of a kernel is told of it. Calls that wait are told of when they end. */
export interface TraceEvent {
  /** The number of the task that called. */
  readonly task: number
  /** The call: `read`, `pipe2`, `fork`; also `signal` and `exit`, which happen to a task. */
  readonly name: string
  /** Its arguments as they were given. Bytes are the caller's own memory: look at them before returning. */
  readonly args: readonly unknown[]
  /** What the call came to: a value, or −errno. */
  readonly result: unknown
}

/**
 * Is told of each call of each task. It may do anything, system calls included. What it throws reaches
 * nobody's call: it is thrown again when the current work is done, as an event listener's error is.
 */
export type Trace = (event: TraceEvent) => void

/** Tells the kernel's trace, if it has one, of a call that has ended. */
export function traced(task: RunningTask, name: string, args: readonly unknown[], result: unknown): void {
  const { trace } = task.kernel
  if (trace === undefined) return
  try {
    trace({ task: task.id, name, args, result })
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
