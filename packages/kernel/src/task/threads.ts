import type { HandleTable, HandleTableOptions } from '@ht/core'
import type { SocketFamily } from '@ht/core/socket'
import type { PipeMaker } from '../calls/pipe.js'
import type { Ending } from './end.js'
import type { ProgramReference } from './program.js'
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
  /** Runs a program in a worker, whose end is the task's. */
  start(task: RunningTask, program: ProgramReference): void
  /** The kernel was closed: workers that are left end. */
  close(): void
}

/** What runs a task, where that is a worker. */
export interface TaskWorker {
  /** Has the worker ended first, which ends the task then; false when it runs no more, so that nothing is in the way. */
  stop(ending: Ending): boolean
}
