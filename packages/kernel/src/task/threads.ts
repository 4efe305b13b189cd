import type { HandleTable, HandleTableOptions } from '@ht/core'
import type { SocketFamily } from '@ht/core/socket'
import type { PipeMaker } from '../calls/pipe.js'
import type { Ending } from './end.js'
import type { Exit, ProgramReference } from './program.js'
import type { RunningTask, TaskHost } from './task.js'

/** Where tasks run whose programs are modules, or named: in workers. Made by `createThreads` of `@ht/kernel/threads`. */
export interface Threads {
  /** The kernel that these threads are for has been made. @throws EBUSY when they are another kernel's */
  begin(kernel: TaskHost): void
  /** Makes a table that workers can use. */
  makeTable(options: HandleTableOptions): HandleTable
  /** Makes pipes that workers can use without calls into this thread. */
  readonly makePipe: PipeMaker | undefined
  /** Families of sockets that are at home in a worker. */
  readonly sockets?: readonly SocketFamily[] | undefined
  /**
   * Reserves a worker for a task that is about to be started, so that what cannot be started fails in its caller. It is
   * to be started or given back.
   *
   * @throws EAGAIN when there can be no more threads; what making the worker throws
   */
  reserve(): ReservedWorker
  /** The kernel was closed: workers that are left end. Settled when they have, or cannot: with how the tasks of those ended. */
  close(): Promise<readonly Exit[]>
}

/** A worker that has run nothing, and is for one task. */
export interface ReservedWorker {
  /** Loads a program that is about to take the place of a task's. @throws ENOENT, ENOEXEC when it cannot be loaded */
  load(program: ProgramReference): Promise<void>
  /** Runs a task's program; the worker's end is the task's. */
  start(task: RunningTask, program: ProgramReference): void
  /** It is not needed. Does nothing after {@link start}. */
  giveBack(): void
}

/** What runs a task, where that is a worker. */
export interface TaskWorker {
  /** Has the worker ended first, which ends the task then; false when it runs no more, so that nothing is in the way. */
  stop(ending: Ending): boolean
  /** Whether the worker may still use the table of the task, which has ended: it is disposed of when it has then. */
  keeps(table: HandleTable): boolean
}
