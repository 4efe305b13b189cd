import { readFileSync } from 'node:fs'

/** How often the thread is looked at, in ms. */
const TICK_MS = 5

/**
 * Measures how long this thread's event loop stands still for what the thread itself does: computing, or waiting in a
 * call. The time in which the thread could have run and the machine had no core for it does not count; Linux tells of it.
 */
export class Stalls {
  /** The longest one, in ms; undefined where the machine does not tell. */
  longest: number | undefined
  readonly #timer: ReturnType<typeof setInterval>
  #at = performance.now()
  #starved: number | undefined

  constructor() {
    this.#starved = starvedMs()
    if (this.#starved !== undefined) this.longest = 0
    this.#timer = setInterval(() => {
      this.#look()
    }, TICK_MS)
  }

  stop(): void {
    this.#look()
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = performance.now()
    const starved = starvedMs()
    if (this.longest !== undefined && starved !== undefined) {
      const stall = now - this.#at - (starved - this.#starved!) - TICK_MS
      if (stall > this.longest) this.longest = stall
    }
    this.#at = now
    this.#starved = starved
  }
}

/** How long this thread has waited for a core, in ms, since it began. */
function starvedMs(): number | undefined {
  try {
    const [, waited] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')
    return Number(waited) / 1e6
  } catch {
    return undefined
  }
}
