import { checkInteger } from '../errors/check.js'

/**
 * A ring buffer with a capacity that can change. Its memory grows as bytes come, and an empty ring keeps at most 64 KiB,
 * so a ring that carries little takes little memory.
 */
export class Ring {
  /** The most bytes that can be stored. {@link resize} changes it. */
  capacity: number
  /** How many bytes are stored. */
  stored = 0
  #bytes: Uint8Array
  /** Where the oldest byte is. */
  #head = 0

  /** @throws EINVAL unless `capacity` is an integer from 0 up */
  constructor(capacity: number) {
    checkInteger(capacity, 'capacity', 0, Number.MAX_SAFE_INTEGER, 'Ring')
    this.capacity = capacity
    this.#bytes = NONE
  }

  /** How many bytes can be added now; below 0 when the capacity was set below what is stored. */
  get room(): number {
    return this.capacity - this.stored
  }

  /** Adds as many of `bytes` as there is room for. Returns how many. */
  add(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.room)
    if (count <= 0) return 0
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

  /** Moves the oldest bytes into `out`, as many as there are and fit. Returns how many. */
  take(out: Uint8Array): number {
    const count = this.peek(out)
    const head = this.#head + count
    this.#head = head < this.#bytes.length ? head : head - this.#bytes.length
    this.stored -= count
    if (this.stored === 0 && this.#bytes.length > KEPT) this.clear()
    return count
  }

  /** Copies the bytes that {@link take} would take into `out`. They stay in the ring. */
  peek(out: Uint8Array): number {
    const count = Math.min(out.length, this.stored)
    const ring = this.#bytes
    const head = this.#head
    const first = ring.length - head
    copy(ring, head, Math.min(count, first), out, 0)
    if (count > first) copy(ring, 0, count - first, out, first)
    return count
  }

  /** Drops all bytes, and the memory. */
  clear(): void {
    this.stored = 0
    this.#head = 0
    this.#bytes = NONE
  }

  /**
   * Changes the capacity. Stored bytes stay; if the capacity is below that, there is no room until they are taken.
   *
   * @throws EINVAL unless `capacity` is an integer from 0 up
   */
  resize(capacity: number): void {
    checkInteger(capacity, 'capacity', 0, Number.MAX_SAFE_INTEGER, 'resize')
    this.capacity = capacity
    if (this.#bytes.length > capacity) this.#move(new Uint8Array(Math.max(capacity, this.stored)))
  }

  #grow(needed: number): void {
    let length = Math.max(this.#bytes.length, SMALLEST)
    while (length < needed) length *= 2
    this.#move(new Uint8Array(Math.min(length, this.capacity)))
  }

  #move(bytes: Uint8Array): void {
    this.peek(bytes)
    this.#bytes = bytes
    this.#head = 0
  }
}

/** What a ring has before the first byte comes. */
const NONE = new Uint8Array(0)

/** What it has from then on, at least, unless it may hold less. */
const SMALLEST = 4096

/** What an empty one keeps at most. */
const KEPT = 65_536

/** Below this many bytes a loop is faster than making a view. */
const LOOP = 48

function copy(from: Uint8Array, at: number, count: number, to: Uint8Array, target: number): void {
  if (count < LOOP) {
    for (let i = 0; i < count; i++) to[target + i] = from[at + i]!
  } else {
    to.set(count === from.length ? from : from.subarray(at, at + count), target)
  }
}
