import { toBytes } from '../libc/byte-string.js'
import type { Handle } from '@ht/core'
import type { Task } from '@ht/kernel'

/** How many bytes are gathered before they are written. */
const ENOUGH = 65_536

/** What a write failed with, apart from the errors of what a program reads. */
export class WriteError extends Error {
  constructor(cause: unknown) {
    super('write error', { cause })
  }
}

/**
 * A handle that a program writes to. What is put here waits until it is flushed, so that a system call carries many
 * lines. A program that puts much flushes when it {@link isFull}.
 */
export class Output {
  readonly #task: Task
  readonly #handle: Handle
  #waiting: string[] = []
  #length = 0

  constructor(task: Task, handle: Handle) {
    this.#task = task
    this.#handle = handle
  }

  /** Whether enough bytes wait that they should be flushed. */
  get isFull(): boolean {
    return this.#length >= ENOUGH
  }

  /** Adds a byte string. */
  put(string: string): void {
    this.#waiting.push(string)
    this.#length += string.length
  }

  /** Writes what waits. @throws WriteError; what waited is given up then */
  async flush(): Promise<void> {
    if (this.#length === 0) return
    const bytes = toBytes(this.#waiting.join(''))
    this.#waiting = []
    this.#length = 0
    await this.#write(bytes)
  }

  /** Writes what waits, and then bytes. @throws WriteError */
  async write(bytes: Uint8Array): Promise<void> {
    await this.flush()
    await this.#write(bytes)
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      // Less than all was written where a signal ended the write half way. The next write says which.
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await this.#task.writeAsync(this.#handle, rest))
    } catch (error) {
      throw this.#task.ended === undefined ? new WriteError(error) : error
    }
  }
}
