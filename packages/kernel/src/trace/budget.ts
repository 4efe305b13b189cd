import { HandleError } from '@ht/core'

/** How many calls of a program's workers may be under way while they are traced. */
export const MOST_CALLS = 65_536
/** How many bytes may tell of them, unless one call alone may need more. */
export const MOST_BYTES = 2 ** 27

/**
 * What the kernel's thread keeps of the traced calls of one program's workers, all of them together: a worker may tell of
 * beginnings alone, and of pieces without a last one.
 */
export class TraceBudget {
  readonly #mostBytes: number
  #calls = 0
  #bytes = 0

  /** @param longest how many bytes one message may have */
  constructor(longest: number) {
    this.#mostBytes = Math.max(MOST_BYTES, 4 * longest)
  }

  /** @throws ENOBUFS, and takes nothing then */
  take(calls: number, bytes: number): void {
    if (this.#calls + calls > MOST_CALLS || this.#bytes + bytes > this.#mostBytes) {
      const text = `the program has more calls under way than a trace keeps: ${String(MOST_CALLS)}, or ${String(this.#mostBytes)} bytes of them`
      throw new HandleError('ENOBUFS', { text })
    }
    this.#calls += calls
    this.#bytes += bytes
  }

  giveBack(calls: number, bytes: number): void {
    this.#calls -= calls
    this.#bytes -= bytes
  }
}
