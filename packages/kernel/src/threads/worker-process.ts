import { createAccount, isLockBusy } from '@ht/core/shared'
import { endTask } from '../task/end.js'
import { loadError } from './error-text.js'
import { WorkerThread, stuckError } from './worker-thread.js'
import { ProgramRun, type ProgramRunHost } from './program-run.js'
import type { Exit, ProgramReference } from '../task/program.js'
import type { RunningTask } from '../task/task.js'
import type { ReservedWorker } from '../task/threads.js'
import type { LoadMessage, PrepareMessage } from './protocol.js'
import type { WorkerLike } from './worker-like.js'

/** What worker processes need of the threads that they are among. */
export interface WorkerProcessHost extends ProgramRunHost {
  /** How long a worker that was terminated may take to end. */
  readonly graceMs: number
  createWorker(): WorkerLike
  /** A worker that has run nothing is not needed. */
  spare(worker: WorkerProcess): void
  /** A worker has ended, and nothing of it is left; or it cannot be ended. */
  over(worker: WorkerProcess): void
}

/** A worker, with the one task that it runs once it is given one: what a process is elsewhere. */
export class WorkerProcess implements ReservedWorker {
  /** The worker has ended. */
  isGone = false
  /** The worker could not be ended in time, and how its task has ended then. */
  isStuck = false
  stuckExit: Exit | undefined
  readonly workerThread: WorkerThread
  readonly #host: WorkerProcessHost
  /** The task that it is for. */
  #task: RunningTask | undefined
  #run: ProgramRun | undefined
  /** The caller that waits for a program to be loaded. */
  #loading: { resolve(): void; reject(error: unknown): void } | undefined
  /** Whether a program's module has run in it. */
  #isUsed = false

  /** @throws what `createWorker` throws; EAGAIN for too many threads */
  constructor(host: WorkerProcessHost) {
    this.#host = host
    const { memory, graceMs } = host
    this.workerThread = new WorkerThread(memory, () => host.createWorker(), graceMs, {
      said: (message) => {
        if (message.type === 'ht loaded') this.#loaded(message.error)
        // A program that has left its exit and goes on is ended. Whether it has, the record says and not the message.
        else if (this.#run?.isEnding === true) this.workerThread.end()
      },
      failed: () => {
        if (this.#run?.isEnding === false) this.#run.stop(this.#ending())
      },
      stuck: () => {
        this.isStuck = true
        this.stuckExit = this.#run?.abandon(stuckError(graceMs))
        if (this.#run === undefined && this.#task !== undefined) endTask(this.#task, { status: 1, error: stuckError(graceMs) })
        host.over(this)
      },
      gone: () => {
        this.#gone()
      },
    })
  }

  /** Whether it can be given to a task. */
  get isFree(): boolean {
    return !this.#isUsed && !this.isGone && !this.workerThread.isEnding
  }

  /** Has it load what it will need in any case. It keeps the process alive no more until it is started. */
  prepare(): void {
    const { worker } = this.workerThread
    worker.postMessage({ type: 'ht prepare', kindsModule: this.#host.kindsModule } satisfies PrepareMessage)
    worker.unref?.()
  }

  load(program: ProgramReference): Promise<void> {
    const { worker } = this.workerThread
    this.#isUsed = true
    worker.ref?.()
    return new Promise((resolve, reject) => {
      this.#loading = { resolve, reject }
      if (this.isGone) this.#loaded(this.workerThread.error ?? new Error('the worker has ended'))
      else worker.postMessage({ type: 'ht load', kindsModule: this.#host.kindsModule, program } satisfies LoadMessage)
    })
  }

  start(task: RunningTask, program: ProgramReference): void {
    this.#isUsed = true
    this.#task = task
    task.account.threads++
    // It keeps the process alive from here on, also while it waits for its program.
    this.workerThread.worker.ref?.()
    if (this.isGone) this.#gone()
    else this.#begin(task, program)
  }

  /** Has the worker begin; later, while this thread cannot have a lock that it needs for that. */
  #begin(task: RunningTask, program: ProgramReference): void {
    const { workerThread } = this
    if (this.isGone) return
    // It may have been killed while it waited.
    if (task.ended !== undefined) {
      workerThread.end()
      return
    }
    try {
      const run = new ProgramRun(this.#host, task, workerThread.thread, () => {
        workerThread.end()
      })
      this.#run = run
      task.account.memory ??= createAccount(this.#host.memory, task.account.limits)
      workerThread.charge(task.account.memory)
      workerThread.worker.postMessage(run.message(program))
    } catch (error) {
      if (isLockBusy(error) && this.#run === undefined) {
        this.#host.memory.later.add(() => {
          this.#begin(task, program)
        })
        return
      }
      // What cannot be started has ended.
      const ending = { status: 1, error }
      if (task.worker?.stop(ending) === true) return
      endTask(task, ending)
      workerThread.end()
    }
  }

  giveBack(): void {
    if (this.#task !== undefined) return
    if (this.isFree) this.#host.spare(this)
    else this.workerThread.end()
  }

  #loaded(error: unknown): void {
    const loading = this.#loading
    this.#loading = undefined
    if (error === undefined) loading?.resolve()
    else loading?.reject(loadError(error))
  }

  /** The worker has ended. */
  #gone(): void {
    this.isGone = true
    this.#loaded(this.workerThread.error ?? new Error('the worker has ended'))
    const task = this.#task
    const left = () => {
      if (task !== undefined && --task.account.threads === 0) {
        task.account.memory?.close()
        task.account.memory = undefined
      }
      this.#host.over(this)
    }
    if (this.#run !== undefined) {
      this.#run.ended(this.#ending(), left)
      return
    }
    if (task !== undefined) endTask(task, this.#ending())
    left()
  }

  /** How a task has ended whose worker did not come to say so. */
  #ending() {
    const { error, status } = this.workerThread
    return error === undefined ? { status, error } : { status: 1, error }
  }
}
