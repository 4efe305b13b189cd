/**
 * Bytes in a circle, with room for a number of them that can change. The memory grows as bytes come,
 * so a pipe that carries little takes little.
 */
export class Ring {
  /** How many bytes may be stored. */
  capacity: number
  /** How many are. */
  stored = 0
  #bytes: Uint8Array
  /** Where the oldest byte is. */
  #head = 0

  constructor(capacity: number) {
    this.capacity = capacity
    this.#bytes = new Uint8Array(Math.min(capacity, SMALLEST))
  }

  /** How many bytes can be added now. */
  get room(): number {
    return this.capacity - this.stored
  }

  /** Adds as many of `bytes` as there is room for, and says how many that was. */
  add(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.room)
    if (this.stored + count > this.#bytes.length) this.#grow(this.stored + count)
    const ring = this.#bytes
    // An empty ring starts over at its beginning, so that most pieces lie in one part.
    if (this.stored === 0) this.#head = 0
    let tail = this.#head + this.stored
    if (tail >= ring.length) tail -= ring.length
    const first = ring.length - tail
    if (count === bytes.length && count <= first) {
      copy(bytes, 0, count, ring, tail)
    } else {
      copy(bytes, 0, Math.min(count, first), ring, tail)
      if (count > first) copy(bytes, first, count - first, ring, 0)
    }
    this.stored += count
    return count
  }

  /** Takes the oldest bytes out into `out`, as many as there are and it holds, and says how many that was. */
  take(out: Uint8Array): number {
    const count = Math.min(out.length, this.stored)
    const ring = this.#bytes
    const head = this.#head
    const first = ring.length - head
    copy(ring, head, Math.min(count, first), out, 0)
    if (count > first) copy(ring, 0, count - first, out, first)
    this.#head = count < first ? head + count : count - first
    this.stored -= count
    return count
  }

  /** Changes how many bytes may be stored; not below what is. */
  resize(capacity: number): void {
    this.capacity = capacity
    if (this.#bytes.length > capacity) this.#move(new Uint8Array(Math.max(capacity, this.stored)))
  }

  #grow(needed: number): void {
    let length = this.#bytes.length
    while (length < needed) length *= 2
    this.#move(new Uint8Array(Math.min(length, this.capacity)))
  }

  #move(bytes: Uint8Array): void {
    const { stored } = this
    this.take(bytes)
    this.stored = stored
    this.#bytes = bytes
    this.#head = 0
  }
}

/** Memory that a ring starts with, in bytes. */
const SMALLEST = 4096

/** Below so many bytes a loop is faster than making a view. */
const LOOP = 48

function copy(from: Uint8Array, at: number, count: number, to: Uint8Array, target: number): void {
  if (count < LOOP) {
    for (let i = 0; i < count; i++) to[target + i] = from[at + i] as number
  } else {
    to.set(count === from.length ? from : from.subarray(at, at + count), target)
  }
}
