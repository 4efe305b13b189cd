import { readFileSync } from 'node:fs'

/** How often the thread is looked at, in ms. */
const TICK_MS = 5

/** The longest times, in ms, that a thread took from its event loop in one go. */
export interface LongestStalls {
  /** Blocked in `Atomics.wait`, which is the only way in which a thread waits for another one of its own accord. */
  blocked: number
  /** Computing. */
  computing: number
  /** Whatever the reason, except that the machine had no core for the thread. The locks of the engine's own are in this. */
  all: number
}

/**
 * Measures for how long this thread's event loop stands still. The time in which the thread could have run and the
 * machine had no core for it does not count; Linux tells of it. What is left on a busy machine is the engine's: a mutex of
 * its own may be held by a thread that has no core.
 */
export class Stalls {
  /** Undefined where the machine does not tell. */
  readonly longest: LongestStalls | undefined
  readonly #wait = Atomics.wait
  readonly #timer: ReturnType<typeof setInterval>
  /** Since the last look. */
  #blocked = 0
  #at = performance.now()
  #times = timesOfThread()

  constructor() {
    if (this.#times !== undefined) this.longest = { blocked: 0, computing: 0, all: 0 }
    const wait = this.#wait as (...args: unknown[]) => 'ok' | 'not-equal' | 'timed-out'
    Atomics.wait = (...args: unknown[]) => {
      const [start, before] = [performance.now(), timesOfThread()]
      try {
        return wait(...args)
      } finally {
        this.#blocked += performance.now() - start - starved(before, timesOfThread())
      }
    }
    this.#timer = setInterval(() => {
      this.#look()
    }, TICK_MS)
  }

  stop(): void {
    this.#look()
    clearInterval(this.#timer)
    Atomics.wait = this.#wait
  }

  #look(): void {
    const [now, times] = [performance.now(), timesOfThread()]
    const { longest } = this
    if (longest !== undefined && times !== undefined && this.#times !== undefined) {
      longest.blocked = Math.max(longest.blocked, this.#blocked)
      longest.computing = Math.max(longest.computing, times.computed - this.#times.computed)
      longest.all = Math.max(longest.all, now - this.#at - starved(this.#times, times) - TICK_MS)
    }
    this.#blocked = 0
    this.#at = now
    this.#times = times
  }
}

interface Times {
  readonly computed: number
  /** How long the thread has waited for a core. */
  readonly starved: number
}

/** The times of this thread since it began, in ms. */
function timesOfThread(): Times | undefined {
  try {
    const [computed, waited] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')
    return { computed: Number(computed) / 1e6, starved: Number(waited) / 1e6 }
  } catch {
    return undefined
  }
}

function starved(before: Times | undefined, after: Times | undefined): number {
  return before === undefined || after === undefined ? 0 : after.starved - before.starved
}
