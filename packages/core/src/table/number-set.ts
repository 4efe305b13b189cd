/**
 * Which numbers of `0 … capacity − 1` are taken. The lowest free one is found in the same few steps
 * however many are taken: level 0 has a bit for each number, and each level above has a bit for each
 * full word of the level below, up to a level of one word. Two levels hold 1024 numbers, four 2^20.
 */
export class NumberSet {
  readonly #levels: Int32Array[]
  readonly #bits: Int32Array
  /** Every number below is taken, so that the usual search ends where it begins. */
  bound = 0

  constructor(capacity: number, levels?: Int32Array[]) {
    this.#levels = levels ?? []
    for (let bits = capacity; levels === undefined;) {
      const words = Math.max(1, Math.ceil(bits / 32))
      this.#levels.push(new Int32Array(words))
      if (words === 1) break
      bits = words
    }
    this.#bits = this.#levels[0]!
  }

  /** A set of its own with the same numbers. */
  copy(): NumberSet {
    return new NumberSet(
      0,
      this.#levels.map((level) => level.slice()),
    )
  }

  /** Forgets where the last search ended: somebody else has changed the levels. */
  rewind(): void {
    this.bound = 0
  }

  /** Whether a number below the capacity is taken. */
  has(number: number): boolean {
    return ((word(this.#bits, number >> 5) >> (number & 31)) & 1) === 1
  }

  /** How many numbers are taken. */
  size(): number {
    let size = 0
    for (const bits of this.#bits) if (bits !== 0) size += ones(bits)
    return size
  }

  /** The lowest free number; at or over the capacity when all are taken. */
  lowestFree(): number {
    const bound = this.bound
    if (bound >> 5 < this.#bits.length && !this.has(bound)) return bound
    let index = 0
    for (let l = this.#levels.length - 1; l >= 0; l--) {
      const free = ~word(this.#levels[l], index)
      if (free === 0) return Infinity
      index = (index << 5) + lowestBit(free)
    }
    this.bound = index
    return index
  }

  /** The lowest free number at or above `from`; at or over the capacity when there is none. */
  lowestFreeFrom(from: number): number {
    let index = from
    for (let l = 0; l < this.#levels.length; l++) {
      const level = this.#levels[l]!
      const at = index >> 5
      if (at >= level.length) return Infinity
      const free = ~word(level, at) & (-1 << (index & 31))
      if (free !== 0) {
        index = (at << 5) + lowestBit(free)
        while (--l >= 0) index = (index << 5) + lowestBit(~word(this.#levels[l], index))
        return index
      }
      // This word has none at or above: look from the next word on, in the level above.
      index = at + 1
    }
    return Infinity
  }

  /** Takes a free number. */
  add(number: number): void {
    if (number === this.bound) this.bound = number + 1
    const levels = this.#levels
    for (let l = 0, index = number; l < levels.length; l++, index >>= 5) {
      const level = levels[l]!
      const after = word(level, index >> 5) | (1 << (index & 31))
      level[index >> 5] = after
      if (after !== -1) return
    }
  }

  /** Frees a taken number. */
  delete(number: number): void {
    if (number < this.bound) this.bound = number
    const levels = this.#levels
    for (let l = 0, index = number; l < levels.length; l++, index >>= 5) {
      const level = levels[l]!
      const before = word(level, index >> 5)
      level[index >> 5] = before & ~(1 << (index & 31))
      if (before !== -1) return
    }
  }

  /** The lowest taken number at or above `from`, or −1. Words with none are passed over whole. */
  next(from: number): number {
    const level = this.#bits
    for (let at = from >> 5, mask = -1 << (from & 31); at < level.length; at++, mask = -1) {
      const taken = word(level, at) & mask
      if (taken !== 0) return (at << 5) + lowestBit(taken)
    }
    return -1
  }
}

/** How many bits of a word are 1 (Warren, Hacker's Delight, 5-1). */
function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** The position of the lowest 1 in a word that has one. */
function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word)
}

/** A word that is known to be there. */
function word(level: Int32Array | undefined, at: number): number {
  return level![at]!
}
