/**
 * Looks, and ever less often, whether a connection was reset. A host that has read a connection to its end looks at it no
 * more until something is written, so a reset that comes then has to be looked for.
 */
export class Probe {
  readonly #look: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(look: () => void) {
    this.#look = look
  }

  /** Looks from now on, often at first. Keeps no process alive. */
  begin(): void {
    this.end()
    this.#lookIn(1)
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  #lookIn(delayMs: number): void {
    this.#timer = setTimeout(() => {
      // First, since what is seen may end it.
      this.#lookIn(Math.min(2 * delayMs, LONGEST_MS))
      this.#look()
    }, delayMs).unref()
  }
}

/** The longest time between two looks: the answer to what was written last has come long before. */
const LONGEST_MS = 16_384
