import { HandleError } from '@ht/core'
import { admitWorker, type AdmittedWorker, type SharedMemory } from '@ht/core/shared'
import { SIGKILL } from '../task/signals.js'
import { Flood } from './flood.js'
import { errorFromReport, reportOf } from './error-text.js'
import { isNodeWorker, listenTo, terminate, type WorkerLike } from './worker-like.js'
import type { WorkerMessage } from './protocol.js'

/** What is done when something becomes of a worker. */
export interface WorkerThreadEvents {
  /** It has said something: a hint, which may be a lie. The type is what a worker of ours says. */
  said(message: WorkerMessage): void
  /** It threw what its program did not catch, or did not load: {@link WorkerThread.error} says what. It is about to be ended. */
  failed(): void
  /** It was to end, and has not for as long as it may take. It may still end. */
  stuck(): void
  /** It has ended, and what it left behind has been put right. */
  gone(): void
}

/**
 * A worker of the kernel's, from its start to its end. It runs the programs of one task, and none before; a hostile
 * program has nothing to leave behind in it for another one.
 */
export class WorkerThread {
  readonly worker: WorkerLike
  /** Its number in the memory. */
  readonly thread: number
  /** What it threw that its program did not catch, or why it did not load. */
  error: unknown
  /** The status of its end. */
  status = 1
  /** It has been terminated. */
  isEnding = false
  readonly #memory: SharedMemory
  readonly #events: WorkerThreadEvents
  readonly #graceMs: number
  readonly #terminated: () => void
  /** Has what the worker takes of the memory be charged to an account. */
  readonly charge: AdmittedWorker['charge']
  #isGone = false
  readonly #flood = new Flood()

  /** @throws what `createWorker` and `admitWorker` throw; there is no worker then */
  constructor(memory: SharedMemory, createWorker: () => WorkerLike, graceMs: number, events: WorkerThreadEvents) {
    this.#memory = memory
    this.#graceMs = graceMs
    this.#events = events
    this.worker = createWorker()
    // Listened to first: why it has ended is to be known before what it left is cleaned up.
    listenTo(this.worker, {
      message: (message: unknown) => {
        const flood = this.isEnding ? undefined : this.#flood.count()
        if (flood !== undefined) this.#fail(flood)
        const type: unknown = (message as { type?: unknown } | null | undefined)?.type
        if (!this.#isGone && (type === 'ht ended' || type === 'ht loaded')) this.#events.said(message as WorkerMessage)
      },
      error: (error) => {
        // A page's worker goes on after an error that nothing caught.
        this.#fail(errorFromReport(reportOf(error)))
      },
      exit: (status) => {
        this.status = status & 255
      },
    })
    const { thread, cleaned, terminated, charge } = this.#admit()
    this.thread = thread
    this.#terminated = terminated
    this.charge = charge
    void cleaned.then(() => {
      this.#isGone = true
      this.#events.gone()
    })
  }

  /** Terminates the worker; what it leaves is cleaned up when it has ended. */
  end(): void {
    if (this.isEnding || this.#isGone) return
    this.isEnding = true
    // A page gives a worker two seconds to come to an end: a program that blocks is told, and does.
    if (!isNodeWorker(this.worker)) this.#memory.waits.signal(this.thread, SIGKILL)
    terminate(this.worker)
    this.#terminated()
    const timer = setTimeout(() => {
      if (!this.#isGone) this.#events.stuck()
    }, this.#graceMs) as { unref?(): void } | number
    // A worker that runs keeps the process alive itself.
    if (typeof timer === 'object') timer.unref?.()
  }

  #fail(error: unknown): void {
    this.error ??= error
    this.#events.failed()
    this.end()
  }

  #admit(): AdmittedWorker {
    try {
      return admitWorker(this.#memory, this.worker as WorkerLike & Parameters<typeof admitWorker>[1])
    } catch (error) {
      // Nothing else ends it then.
      terminate(this.worker)
      throw error
    }
  }
}

/** What a task ends with whose worker does not end. */
export function stuckError(graceMs: number): HandleError {
  const text = `the worker has not ended for ${String(graceMs)} ms after it was terminated: it is inside a call of the host's that does not return`
  return new HandleError('EBUSY', { text: `${text}; its handles stay open until it has` })
}
