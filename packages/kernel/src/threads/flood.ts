import { HandleError } from '@ht/core'

/** How many messages of a worker may come in one turn of the event loop. */
const MOST_MESSAGES = 10_000
/** How long they may take to read, in ms. */
const MOST_MS = 100
/** What one counts at most, in ms: the machine may have had this thread pause. */
const MOST_FOR_ONE_MS = 10

/**
 * Measures the messages of a worker. Node reads all that has come of one before it does anything else, and each of them
 * before it tells of it: what passes between two that are told is the time that the second one took.
 */
export class Flood {
  #messages = 0
  #ms = 0
  /** When the last one was told. */
  #last = 0

  /** Counts a message. Gives what is wrong if there were more than may be in this turn of the event loop (ENOBUFS). */
  count(): HandleError | undefined {
    const now = performance.now()
    if (this.#messages++ === 0) {
      this.#ms = 0
      setTimeout(() => {
        this.#messages = 0
      })
    } else this.#ms += Math.min(now - this.#last, MOST_FOR_ONE_MS)
    this.#last = now
    if (this.#messages <= MOST_MESSAGES && this.#ms <= MOST_MS) return undefined
    const what = this.#messages > MOST_MESSAGES ? `more than ${String(MOST_MESSAGES)}` : `${String(this.#messages)} large`
    return new HandleError('ENOBUFS', { text: `the worker has sent ${what} messages at once` })
  }
}
