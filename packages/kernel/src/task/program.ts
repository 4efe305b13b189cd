import type { Task } from './task.js'
import type { Signal } from './signals.js'

/**
 * What a task runs: an async function of its task. What it gives is the exit status, of which eight bits
 * count, as in exit(3); nothing is 0. One that throws ends its task with status 1, and what it threw is in
 * {@link Exit.error}.
 */
export type Program = (task: Task) => number | Promise<number> | Promise<void> | Promise<number | undefined>

/**
 * A module whose default export is a {@link Program}, by its address: `new URL('./program.js', import.meta.url)`. It
 * runs in a worker.
 */
export type ProgramModule = URL

/** How a task ended. */
export interface Exit {
  /** The task's number. */
  readonly task: number
  /** 0 to 255. For a task that a signal ended 128 and the signal's number, as shells report it. */
  readonly status: number
  /** The signal that ended it, if one did. */
  readonly signal: Signal | undefined
  /** What its program threw, if it did. */
  readonly error: unknown
}

