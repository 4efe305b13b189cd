/** How long commands may go on without a turn of the event loop, in milliseconds. */
const SLICE_MS = 10

/**
 * Lets the host's event loop have its turns: a loop of commands that never wait, such as `while :; do :; done`, would
 * keep timers, signals and keys from ever being heard.
 */
export class Turns {
  #last = performance.now()

  /** A turn to wait for, if it is time for one. */
  due(): Promise<void> | undefined {
    if (performance.now() - this.#last < SLICE_MS) return undefined
    return new Promise<void>((resolve) => {
      setTimeout(() => {
        this.#last = performance.now()
        resolve()
      })
    })
  }
}
