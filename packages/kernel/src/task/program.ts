import { checkText, invalid } from '../check.js'
import type { Task } from './task.js'
import type { Signal } from './signals.js'

/**
 * What a task runs: an async function of its task. It returns the exit status, of which eight bits count, as in
 * exit(3); undefined means 0. If it throws, its task ends with status 1 and the error is in {@link Exit.error}.
 */
export type Program = (task: Task) => number | Promise<number> | Promise<void> | Promise<number | undefined>

/**
 * The URL of a module whose default export is a {@link Program}: `new URL('./program.js', import.meta.url)`. It
 * runs in a worker.
 */
export type ProgramModule = URL

/**
 * What a task can run: a function, a module, or the name of a program that the workers' module passes to
 * `runWorker({ programs })`. Modules and names run in a worker.
 */
export type Executable = Program | ProgramModule | string

/** How a task ended. */
export interface Exit {
  /** The task's number. */
  readonly task: number
  /** 0 to 255. If a signal ended the task, 128 plus the signal's number, as shells report it. */
  readonly status: number
  /** The signal that ended it, if one did. */
  readonly signal: Signal | undefined
  /** The error that its program threw, if any. */
  readonly error: unknown
}

/** A program that other threads find too: a module by its address, or one that a worker was written with by its name. */
export type ProgramReference = { readonly module: string } | { readonly registered: string }

/** @throws EINVAL for a function, which cannot be posted */
export function referenceOf(program: Executable): ProgramReference {
  if (typeof program === 'string') return { registered: program }
  if (program instanceof URL) return { module: program.href }
  throw invalid('program', 'a module or a name in a worker, as a function cannot be posted', program)
}

/** What a reference of another thread's refers to. @throws EINVAL for one that is malformed */
export function executableOf(reference: ProgramReference): ProgramModule | string {
  if ('module' in reference) return new URL(reference.module)
  checkText(reference.registered, 'program')
  return reference.registered
}
