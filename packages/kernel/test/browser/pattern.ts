/** The next piece, of at most 3000 bytes, of so many bytes of which each differs from its neighbours. */
export function pattern(at: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: Math.min(3000, bytes - at) }, (_, i) => ((at + i) * 7) & 255)
}

/** How many bytes came, and a number that depends on all of them and their order. */
export class Sum {
  #count = 0
  #sum = 0

  add(bytes: Uint8Array): void {
    this.#count += bytes.length
    for (const byte of bytes) this.#sum = (this.#sum * 31 + byte) % 1_000_003
  }

  get result(): readonly [count: number, sum: number] {
    return [this.#count, this.#sum]
  }
}
