/**
 * How often a thread looks again before it sleeps. Looking is worth it while the other thread runs at the same
 * time, and wasted when the machine has other work; which of the two it is shows in whether it was in vain.
 */
export class Patience {
  #looks = Infinity
  #misses = 0

  /** How many looks to take now, up to `most`. */
  looks(most: number): number {
    return Math.min(this.#looks, most)
  }

  /** A look succeeded, after this many in vain. */
  found(after: number): void {
    const wanted = GENEROSITY * after + LEAST
    // Quick to grow and slow to shrink: one look too few costs a sleep.
    this.#looks = wanted > this.#looks || this.#looks === Infinity ? wanted : this.#looks + (wanted - this.#looks) / 64
  }

  /** This many looks were in vain. */
  missed(looks: number): void {
    // Now and then as many as may be, once: the machine may have become idle.
    if (++this.#misses % TRY_AGAIN === 0) this.#looks = Infinity
    else this.#looks = this.#looks === Infinity ? LEAST : Math.max(LEAST, looks * 0.75)
  }
}

/** How many looks are taken for one that was needed: the next time may take longer. */
const GENEROSITY = 8
const LEAST = 64
const TRY_AGAIN = 64
