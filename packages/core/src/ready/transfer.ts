/** Bytes in a row, of which `subarray` gives some from a place on: all, or as many as it has at a time. */
export interface Bytes {
  readonly length: number
  subarray(from: number): Uint8Array
}

/** Moves some of the bytes that are left, after `moved` others: returns how many, or −errno. */
export type Move = (rest: Uint8Array, moved: number) => number

/** Moves bytes in as many attempts as it takes. An attempt never waits. */
export class Transfer {
  /** How many bytes have been moved. */
  moved = 0
  readonly #bytes: Bytes
  readonly #move: Move

  constructor(bytes: Bytes, move: Move) {
    this.#bytes = bytes
    this.#move = move
  }

  /**
   * Moves what can be moved now. Returns how many bytes have been moved in all, once that is all of them or there is
   * no more to move; otherwise −EAGAIN, or another −errno.
   */
  attempt(): number {
    // Again after a part: the other side may have made room already, and its change wakes only a call that waits.
    for (;;) {
      const { moved } = this
      const rest = moved === 0 && this.#bytes instanceof Uint8Array ? this.#bytes : this.#bytes.subarray(moved)
      const answer = this.#move(rest, moved)
      // NaN ends it too: added to the count, it would never be enough.
      if (!(answer >= 0)) return answer
      this.moved += answer
      if (this.moved >= this.#bytes.length || answer === 0) return this.moved
    }
  }
}
