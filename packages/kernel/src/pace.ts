/** How long tasks may go on without a turn of the event loop, in milliseconds. */
const SLICE_MS = 10
/** How many calls are answered between two looks at the clock. */
const CALLS_BETWEEN = 64

/**
 * Lets the host's event loop have its turns. Calls that are answered at once leave nothing but microtasks, and a
 * program that makes one after the other would keep timers and signals from ever being heard.
 */
export class Pace {
  #calls = CALLS_BETWEEN
  #last = performance.now()

  /** Counts a call, and says whether a turn is due. */
  isDue(): boolean {
    if (--this.#calls > 0) return false
    this.#calls = CALLS_BETWEEN
    return performance.now() - this.#last > SLICE_MS
  }

  /** Waits for one turn of the event loop. One that nobody should wait for does not keep a process alive. */
  async turn(aside = false): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer: unknown = setTimeout(resolve, 0)
      if (aside) (timer as { unref?(): void }).unref?.()
    })
    this.#last = performance.now()
  }
}
