import { EAGAIN, EBUSY, ENOMEM } from '../../errors/numbers.js'
import { PAGE_BYTES } from '../words/layout.js'
import { damaged, isPage } from '../words/damage.js'
import { acquire, release } from '../words/lock.js'
import { isLockBusy } from '../words/lock-busy.js'
import { allocate } from '../words/pages.js'
import { pause } from '../words/pause.js'
import { copyIn, copyOut } from './ring-copy.js'
import { CAPACITY, DATA, HEAD, LIMIT, READ_LOCK, RING_WORDS, SEEN_HEAD, SEEN_TAIL, TAIL, WRITE_LOCK } from './ring-layout.js'
import { resizeRing } from './ring-resize.js'
import type { Words } from '../words/words.js'

/**
 * Bytes in a circle in shared memory, as one thread sees them. Only one thread adds at a time, and only one takes; the two go
 * on at once. Each copies first and publishes by one atomic step, every 16 KiB of a large piece, so that the other side
 * need not wait for the whole; a thread that dies half way has added, or taken, only whole parts. The ring wakes no
 * thread: its owner does.
 */
export class SharedRing {
  /** How many words it has, zeros at first, besides the bytes. It should begin where a cache line does. */
  static readonly words = RING_WORDS

  readonly memory: Words
  /** The address of its words. */
  readonly at: number
  /** Whether the last {@link take} here brought what is stored from above `low` to it or below. */
  hasBecomeLow = false

  constructor(memory: Words, at: number) {
    this.memory = memory
    this.at = at
  }

  /**
   * Gives a new ring room for `capacity` bytes, a power of two: the address of the run of pages that it took. This thread
   * answers for the run until it calls `own`. A ring that is only given a {@link limit} takes pages as bytes come.
   *
   * @throws ENOMEM when the memory has no room
   */
  begin(capacity: number, syscall: string): number {
    const { memory, at } = this
    const data = allocate(memory, capacity, syscall)
    memory.words[at + DATA] = data
    memory.words[at + CAPACITY] = capacity
    memory.words[at + LIMIT] = capacity
    return data
  }

  /** The address of the run of pages with the bytes, which the thread that ends the ring has to free; 0 for none. */
  get data(): number {
    return this.memory.words[this.at + DATA]!
  }

  /** For how many bytes there are pages. */
  get capacity(): number {
    return Atomics.load(this.memory.words, this.at + CAPACITY)
  }

  /** How many bytes may be stored. Setting it below what is stored drops nothing: there is no room until it is taken. */
  get limit(): number {
    return Atomics.load(this.memory.words, this.at + LIMIT)
  }

  set limit(bytes: number) {
    Atomics.store(this.memory.words, this.at + LIMIT, bytes)
  }

  /** How many bytes are stored. */
  get stored(): number {
    const { words } = this.memory
    // The head first: it never passes the tail.
    const head = Atomics.load(words, this.at + HEAD)
    return (Atomics.load(words, this.at + TAIL) - head) | 0
  }

  /** The addresses of the locks of the ring at an address, for `SharedHooks.locks`. */
  static locksAt(at: number): readonly number[] {
    return [at + WRITE_LOCK, at + READ_LOCK]
  }

  /**
   * Adds as many of `bytes` as there is room for, unless that is fewer than `least`: how many; −ENOMEM when there
   * are no pages for a single one; −EAGAIN where this thread may not wait for another one that is adding. Whatever is
   * waited for here is looked at again then.
   */
  add(bytes: Uint8Array, least = 1): number {
    const { memory, at } = this
    if (!this.#takeLock(WRITE_LOCK)) return -EAGAIN
    let count: number
    try {
      count = this.#addThere(bytes, least)
    } finally {
      release(memory, at + WRITE_LOCK)
    }
    return count < 0 ? this.#addMore(bytes, least, -count) : count
  }

  /**
   * Takes the oldest bytes out into `buffer`, as many as there are and it holds: how many; −EAGAIN where this thread may
   * not wait for another one that is taking.
   */
  take(buffer: Uint8Array, low?: number): number {
    const { memory, at } = this
    const { words } = memory
    if (!this.#takeLock(READ_LOCK)) return -EAGAIN
    try {
      const head = words[at + HEAD]!
      const count = this.#copyOut(buffer, head, true)
      // Nobody else takes meanwhile; what others add makes both numbers larger.
      if (low !== undefined) {
        const left = (Atomics.load(words, at + TAIL) - head - count) | 0
        this.hasBecomeLow = left <= low && left + count > low
      }
      PAUSE: pause('ring: head published')
      return count
    } finally {
      release(memory, at + READ_LOCK)
    }
  }

  /** Copies into `buffer` what {@link take} would take, which stays. */
  peek(buffer: Uint8Array): number {
    const { memory, at } = this
    if (!this.#takeLock(READ_LOCK)) return -EAGAIN
    try {
      return this.#copyOut(buffer, memory.words[at + HEAD]!, false)
    } finally {
      release(memory, at + READ_LOCK)
    }
  }

  /** Drops what is stored; false where this thread may not wait for another one that is taking. */
  clear(): boolean {
    const { memory, at } = this
    if (!this.#takeLock(READ_LOCK)) return false
    Atomics.store(memory.words, at + HEAD, Atomics.load(memory.words, at + TAIL))
    release(memory, at + READ_LOCK)
    return true
  }

  /** Gives it room for exactly `capacity` bytes, a power of two: 0; −EBUSY when more are stored; −ENOMEM; −EAGAIN. */
  resize(capacity: number): number {
    if (capacity === this.capacity) return 0
    return capacity < this.stored ? -EBUSY : resizeRing(this.memory, this.at, capacity, capacity)
  }

  /** {@link add} with {@link WRITE_LOCK} held: how many; for how many bytes there have to be pages first, as a negative number. */
  #addThere(bytes: Uint8Array, least: number): number {
    const { memory, at } = this
    const { words } = memory
    const { length } = bytes
    const tail = words[at + TAIL]!
    const capacity = words[at + CAPACITY]!
    const limit = words[at + LIMIT]!
    let stored = (tail - words[at + SEEN_HEAD]!) | 0
    if (Math.min(limit, capacity) - stored < length) {
      const head = Atomics.load(words, at + HEAD)
      words[at + SEEN_HEAD] = head
      stored = (tail - head) | 0
    }
    this.#check(stored, capacity)
    const count = Math.min(length, limit - stored)
    if (count < least || count <= 0) return 0
    if (stored + count > capacity) return -(stored + count)
    const data = words[at + DATA]! * 4
    for (let done = 0; done < count;) {
      const piece = Math.min(count - done, PUBLISHED)
      const place = (tail + done) & (capacity - 1)
      const first = Math.min(piece, capacity - place)
      copyIn(memory.bytes, data + place, bytes, done, first)
      if (first < piece) copyIn(memory.bytes, data, bytes, done + first, piece - first)
      done += piece
      PAUSE: pause('ring: bytes written')
      Atomics.store(words, at + TAIL, (tail + done) | 0)
    }
    PAUSE: pause('ring: tail published')
    return count
  }

  /** @throws EIO for sizes and places that cannot be */
  #check(stored: number, capacity: number): void {
    const { memory, at } = this
    const data = memory.words[at + DATA]!
    const isSize = capacity >= 0 && (capacity & (capacity - 1)) === 0 && data * 4 + capacity <= memory.bytes.length
    const isPlace = data === 0 ? capacity === 0 : isPage(memory, data)
    if (stored < 0 || stored > capacity || !isSize || !isPlace) throw damaged('a ring of bytes has places that cannot be')
  }

  /** Takes one of its locks; false where this thread may not wait for it. */
  #takeLock(lock: number): boolean {
    const { memory, at } = this
    try {
      acquire(memory, at + lock)
      return true
    } catch (error) {
      if (!isLockBusy(error)) throw error
      memory.lookAgainSoon()
      return false
    }
  }

  /** {@link add} of what needs pages for this many bytes; without enough pages, as much as there are. */
  #addMore(bytes: Uint8Array, least: number, wanted: number): number {
    let capacity = SMALLEST
    while (capacity < wanted) capacity *= 2
    while (capacity >= PAGE_BYTES && capacity > this.capacity) {
      const answer = resizeRing(this.memory, this.at, capacity)
      if (answer === -EAGAIN) return answer
      if (answer !== -ENOMEM) break
      capacity /= 2
    }
    const room = this.capacity - this.stored
    if (room < least) return -ENOMEM
    return this.add(room < bytes.length ? bytes.subarray(0, room) : bytes, least)
  }

  /** Copies out from the head on, with {@link READ_LOCK} held. */
  #copyOut(buffer: Uint8Array, head: number, takes: boolean): number {
    const { memory, at } = this
    const { words } = memory
    const { length } = buffer
    let stored = (words[at + SEEN_TAIL]! - head) | 0
    if (stored < length) {
      const tail = Atomics.load(words, at + TAIL)
      words[at + SEEN_TAIL] = tail
      stored = (tail - head) | 0
    }
    const capacity = words[at + CAPACITY]!
    this.#check(stored, capacity)
    const count = Math.min(length, stored)
    const data = words[at + DATA]! * 4
    for (let done = 0; done < count;) {
      const piece = Math.min(count - done, PUBLISHED)
      const place = (head + done) & (capacity - 1)
      const first = Math.min(piece, capacity - place)
      copyOut(memory.bytes, data + place, buffer, done, first)
      if (first < piece) copyOut(memory.bytes, data, buffer, done + first, piece - first)
      done += piece
      if (!takes) continue
      PAUSE: pause('ring: bytes read')
      Atomics.store(words, at + HEAD, (head + done) | 0)
    }
    return count
  }
}

/** How many bytes are published at once: at least a pipe's PIPE_BUF, for small writes are whole. */
const PUBLISHED = 16_384
/** What a ring that takes pages as bytes come takes first. */
const SMALLEST = 16_384
