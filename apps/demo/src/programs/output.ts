import { putBytes } from '../libc/byte-string.js'
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
 * lines: who puts much flushes when it {@link isFull}.
 */
export class Output {
  readonly #task: Task
  readonly #handle: Handle
  #buffer = new Uint8Array(1024)
  #length = 0

  constructor(task: Task, handle: Handle) {
    this.#task = task
    this.#handle = handle
  }

  /** Whether so much waits that it should be flushed. */
  get isFull(): boolean {
    return this.#length >= ENOUGH
  }

  /** Adds a byte string. */
  put(string: string): void {
    this.#grow(string.length)
    putBytes(string, this.#buffer, this.#length)
    this.#length += string.length
  }

  /** Adds bytes. */
  putBytes(bytes: Uint8Array): void {
    this.#grow(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Writes what waits. @throws WriteError; what waited is given up then */
  async flush(): Promise<void> {
    const length = this.#length
    if (length === 0) return
    this.#length = 0
    await this.#write(this.#buffer.subarray(0, length))
  }

  /** Writes what waits, and then bytes, without a copy of many. @throws WriteError */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#length + bytes.length <= SMALL) {
      this.putBytes(bytes)
      return this.flush()
    }
    await this.flush()
    await this.#write(bytes)
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      // Less than all was written where something ended the write half way; what that was, the next one says.
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await this.#task.writeAsync(this.#handle, rest))
    } catch (error) {
      throw this.#task.ended === undefined ? new WriteError(error) : error
    }
  }

  #grow(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#buffer.length) return
    const larger = new Uint8Array(
      Math.max(needed, Math.min(this.#buffer.length * 4, ENOUGH + 4096), this.#buffer.length * 2),
    )
    larger.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = larger
  }
}

/** Bytes that are cheaper to copy than to write by themselves. */
const SMALL = 4096
