import { createAccount, isLockBusy } from '@ht/core/shared'
import { endTask } from '../task/end.js'
import { loadError } from './error-text.js'
import { Crew, stuckError } from './crew.js'
import { Seat, type SeatHost } from './seat.js'
import type { Exit, ProgramReference } from '../task/program.js'
import type { RunningTask } from '../task/task.js'
import type { ReservedWorker } from '../task/threads.js'
import type { LoadMessage, PrepareMessage } from './protocol.js'
import type { WorkerLike } from './worker-like.js'

/** What a berth is for those who have several. */
export interface BerthHost extends SeatHost {
  /** How long a worker that was terminated may take to end. */
  readonly graceMs: number
  createWorker(): WorkerLike
  /** A worker that has run nothing is not needed. */
  spare(berth: Berth): void
  /** A worker has ended, and nothing of it is left; or it cannot be ended. */
  over(berth: Berth): void
}

/** A worker, and the one task that it is for, once there is one. */
export class Berth implements ReservedWorker {
  /** The worker has ended. */
  isGone = false
  /** The worker could not be ended in time, and how its task has ended then. */
  isStuck = false
  stuckExit: Exit | undefined
  readonly crew: Crew
  readonly #host: BerthHost
  /** The task that it is for. */
  #task: RunningTask | undefined
  #seat: Seat | undefined
  /** The caller that waits for a program to be loaded. */
  #loading: { resolve(): void; reject(error: unknown): void } | undefined
  /** Whether a program's module has run in it. */
  #isUsed = false

  /** @throws what `createWorker` throws; EAGAIN for too many threads */
  constructor(host: BerthHost) {
    this.#host = host
    const { memory, graceMs } = host
    this.crew = new Crew(memory, () => host.createWorker(), graceMs, {
      said: (message) => {
        if (message.type === 'ht loaded') this.#loaded(message.error)
        // A program that has left its exit and goes on is ended. Whether it has, the record says and not the message.
        else if (this.#seat?.isEnding === true) this.crew.end()
      },
      failed: () => {
        if (this.#seat?.isEnding === false) this.#seat.stop(this.#ending())
      },
      stuck: () => {
        this.isStuck = true
        this.stuckExit = this.#seat?.abandon(stuckError(graceMs))
        if (this.#seat === undefined && this.#task !== undefined) endTask(this.#task, { status: 1, error: stuckError(graceMs) })
        host.over(this)
      },
      gone: () => {
        this.#gone()
      },
    })
  }

  /** Whether it can be given to a task. */
  get isFree(): boolean {
    return !this.#isUsed && !this.isGone && !this.crew.isEnding
  }

  /** Has it load what it will need in any case. It keeps the process alive no more until it is started. */
  prepare(): void {
    const { worker } = this.crew
    worker.postMessage({ type: 'ht prepare', kindsModule: this.#host.kindsModule } satisfies PrepareMessage)
    worker.unref?.()
  }

  load(program: ProgramReference): Promise<void> {
    const { worker } = this.crew
    this.#isUsed = true
    worker.ref?.()
    return new Promise((resolve, reject) => {
      this.#loading = { resolve, reject }
      if (this.isGone) this.#loaded(this.crew.error ?? new Error('the worker has ended'))
      else worker.postMessage({ type: 'ht load', kindsModule: this.#host.kindsModule, program } satisfies LoadMessage)
    })
  }

  start(task: RunningTask, program: ProgramReference): void {
    this.#isUsed = true
    this.#task = task
    task.account.threads++
    // It keeps the process alive from here on, also while it waits for its program.
    this.crew.worker.ref?.()
    if (this.isGone) this.#gone()
    else this.#begin(task, program)
  }

  /** Has the worker begin; later, while this thread cannot have a lock that it needs for that. */
  #begin(task: RunningTask, program: ProgramReference): void {
    const { crew } = this
    if (this.isGone) return
    // It may have been killed while it waited.
    if (task.ended !== undefined) {
      crew.end()
      return
    }
    try {
      const seat = new Seat(this.#host, task, crew.thread, () => {
        crew.end()
      })
      this.#seat = seat
      task.account.memory ??= createAccount(this.#host.memory, task.account.limits)
      crew.charge(task.account.memory)
      crew.worker.postMessage(seat.message(program))
    } catch (error) {
      if (isLockBusy(error) && this.#seat === undefined) {
        this.#host.memory.later.add(() => {
          this.#begin(task, program)
        })
        return
      }
      // What cannot be started has ended.
      const ending = { status: 1, error }
      if (task.worker?.stop(ending) === true) return
      endTask(task, ending)
      crew.end()
    }
  }

  giveBack(): void {
    if (this.#task !== undefined) return
    if (this.isFree) this.#host.spare(this)
    else this.crew.end()
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
    this.#loaded(this.crew.error ?? new Error('the worker has ended'))
    const task = this.#task
    const left = () => {
      if (task !== undefined && --task.account.threads === 0) {
        task.account.memory?.close()
        task.account.memory = undefined
      }
      this.#host.over(this)
    }
    if (this.#seat !== undefined) {
      this.#seat.ended(this.#ending(), left)
      return
    }
    if (task !== undefined) endTask(task, this.#ending())
    left()
  }

  /** How a task has ended whose worker did not come to say so. */
  #ending() {
    const { error, status } = this.crew
    return error === undefined ? { status, error } : { status: 1, error }
  }
}
