import type { Worker } from 'node:worker_threads'

/**
 * What a worker says, and its end. A watch listens from the moment at which the worker is made: a busy thread is told
 * of a worker's last message and of its exit in one turn, so a listener that waits for the message first comes too late.
 */
export class Watch {
  readonly worker: Worker
  /** Its exit code, once it has ended. Never rejected. */
  readonly exited: Promise<number>
  readonly #said: unknown[] = []
  readonly #waiting: Waiting[] = []
  #failure: Error | undefined
  #hasEnded = false

  /** To be made in the turn that starts the worker. */
  constructor(worker: Worker) {
    this.worker = worker
    worker.on('message', (message) => {
      const first = this.#waiting.shift()
      if (first === undefined) this.#said.push(message)
      else first.resolve(message)
    })
    worker.on('error', (error: unknown) => {
      this.#failure = error instanceof Error ? error : new Error('the worker has thrown something else', { cause: error })
    })
    this.exited = new Promise((resolve) => {
      worker.on('exit', (code) => {
        this.#failure ??= new Error(`the worker has ended with ${String(code)}, and says nothing more`)
        this.#hasEnded = true
        for (const { reject } of this.#waiting.splice(0)) reject(this.#failure)
        resolve(code)
      })
    })
  }

  /**
   * The worker's next message, in the order in which they were sent.
   *
   * Rejected if the worker ends without one: with its error, if it had one.
   */
  next(): Promise<unknown> {
    if (this.#said.length > 0) return Promise.resolve(this.#said.shift())
    const next = new Promise<unknown>((resolve, reject) => {
      if (this.#hasEnded && this.#failure) reject(this.#failure)
      else this.#waiting.push({ resolve, reject })
    })
    // A worker that fails before its message is awaited is reported when it is.
    next.catch(() => undefined)
    return next
  }
}

interface Waiting {
  resolve(message: unknown): void
  reject(reason: Error): void
}
