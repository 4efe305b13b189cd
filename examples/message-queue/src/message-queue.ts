import { WaitQueue } from '@ht/core'

/** What is behind a queue's handles: messages, each whole, at most so many at a time. */
export class MessageQueue {
  readonly depth: number
  readonly changes = new WaitQueue()
  readonly #messages: Uint8Array[] = []

  constructor(depth: number) {
    this.depth = depth
  }

  get length(): number {
    return this.#messages.length
  }

  get isFull(): boolean {
    return this.length === this.depth
  }

  /** How long the oldest message is, or undefined. */
  get nextLength(): number | undefined {
    return this.#messages[0]?.length
  }

  /** Adds a copy of a message. The queue must not be full. */
  add(message: Uint8Array): void {
    // Not a slice: that of a Buffer shares its memory.
    this.#messages.push(new Uint8Array(message))
    this.changes.wake()
  }

  /** Takes the oldest message. There must be one. */
  take(): Uint8Array {
    const message = this.#messages.shift() as Uint8Array
    this.changes.wake()
    return message
  }
}
