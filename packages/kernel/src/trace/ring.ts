import { allocate, free, type SharedMemory } from '@ht/core/shared'

/*
 * What a worker writes for the trace, in shared memory: a ring of bytes that only the worker fills and only the kernel's
 * thread empties, so that neither needs a lock, and what was published is there when the worker has died. Messages stand
 * in it in pieces, each with a head of two words: the number of its message, below a bit that says that it is the last
 * piece; and how many bytes it has. The next head is at a multiple of 8. A message that begins in the middle of another
 * one, as that of a call in a signal's function may, has a number of its own.
 */

/** How many bytes the worker has published, and the kernel has taken: each counts up, and around. */
const FILLED = 0
const TAKEN = 1
/** Those who wait for something to be published: a wait queue. */
const QUEUE = 2
/** 1 while the worker waits for room. */
const WANTED = 4
const DATA_WORDS = 16

/** Bytes of data. */
const CAPACITY = 16_320
const HEAD_BYTES = 8
/** In the number of a message: no piece follows. */
const LAST = 0x80000000
/** A worker looks so often, in ms, when it was told of nothing. */
const AGAIN_MS = 100

/** The ring's two ends, in the thread of each. */
class Ring {
  readonly at: number
  protected readonly memory: SharedMemory
  readonly #data: number

  constructor(memory: SharedMemory, at: number) {
    this.memory = memory
    this.at = at
    this.#data = (at + DATA_WORDS) * 4
  }

  get queue(): number {
    return this.at + QUEUE
  }

  /** Copies bytes in, from a count of bytes on. */
  protected put(count: number, bytes: Uint8Array): void {
    const from = count % CAPACITY
    const first = Math.min(bytes.length, CAPACITY - from)
    this.memory.bytes.set(bytes.subarray(0, first), this.#data + from)
    this.memory.bytes.set(bytes.subarray(first), this.#data)
  }

  protected get(count: number, length: number): Uint8Array {
    const from = count % CAPACITY
    const first = Math.min(length, CAPACITY - from)
    const bytes = new Uint8Array(length)
    bytes.set(this.memory.bytes.subarray(this.#data + from, this.#data + from + first))
    bytes.set(this.memory.bytes.subarray(this.#data, this.#data + length - first), first)
    return bytes
  }

  /** The address of the head's words. Heads never lie across the ring's end. */
  protected head(count: number): number {
    return (this.#data + (count % CAPACITY)) >> 2
  }
}

/** The worker's end. */
export class RingWriter extends Ring {
  #filled: number
  #message = 0

  constructor(memory: SharedMemory, at: number) {
    super(memory, at)
    this.#filled = memory.words[at + FILLED]! >>> 0
  }

  /** Writes a message, of one byte at least, and waits for room where the kernel has not come to take the others yet. */
  write(message: Uint8Array): void {
    const { words, waits } = this.memory
    const number = ++this.#message & ~LAST
    for (let at = 0; at < message.length;) {
      const room = this.#waitForRoom(message.length - at)
      // From here on nothing is called that could write in between.
      const piece = message.subarray(at, at + room)
      at += piece.length
      const filled = this.#filled
      const head = this.head(filled)
      words[head] = at === message.length ? number | LAST : number
      words[head + 1] = piece.length
      this.put((filled + HEAD_BYTES) % WRAP, piece)
      this.#filled = (filled + HEAD_BYTES + up(piece.length)) % WRAP
      Atomics.store(words, this.at + FILLED, this.#filled)
    }
    waits.wake(this.queue)
  }

  /** How many bytes of a message fit now: all, or as many as make a piece worth its while. */
  #waitForRoom(wanted: number): number {
    const { words, doorbell, waits } = this.memory
    const enough = Math.min(up(wanted), CAPACITY / 2)
    for (;;) {
      const seen = Atomics.load(words, doorbell)
      const used = (this.#filled - Atomics.load(words, this.at + TAKEN) + WRAP) % WRAP
      const room = CAPACITY - used - HEAD_BYTES
      if (room >= enough) return room
      waits.wake(this.queue)
      if (Atomics.exchange(words, this.at + WANTED, 1) === 0) continue
      // The kernel may be waiting for what is at home here.
      waits.answerRing()
      waits.sleep(seen, AGAIN_MS)
    }
  }
}

/** The end of the kernel's thread. */
export class RingReader extends Ring {
  /** Messages of which pieces have come, by their numbers. */
  readonly #parts = new Map<number, { readonly pieces: Uint8Array[]; length: number }>()
  readonly #most: number
  readonly #keep: (bytes: number) => void
  #taken = 0

  /**
   * @throws ENOMEM
   * @param most of how many bytes a message may be
   * @param keep told how many bytes more of pieces are kept, or fewer, if negative; what it throws `read` throws
   */
  constructor(memory: SharedMemory, most: number, keep: (bytes: number) => void = () => undefined) {
    super(memory, allocate(memory, DATA_WORDS * 4 + CAPACITY, 'spawn'))
    this.#most = most
    this.#keep = keep
  }

  /**
   * Takes what was published until now, and gives the messages that are whole. @param thread rung when there is room
   * @throws RangeError for what no worker writes; what `keep` and `take` throw
   */
  read(thread: number, take: (message: Uint8Array) => void): void {
    const { words, waits } = this.memory
    // Not what is published meanwhile: a worker could go on and on.
    const filled = Atomics.load(words, this.at + FILLED) >>> 0
    if (filled % 8 !== 0 || filled >= WRAP || (filled - this.#taken + WRAP) % WRAP > CAPACITY)
      throw new RangeError('no ring of a trace')
    try {
      while (this.#taken !== filled) {
        const head = this.head(this.#taken)
        const number = words[head]!
        const length = words[head + 1]!
        const left = (filled - this.#taken + WRAP) % WRAP
        if (!(length > 0) || HEAD_BYTES + up(length) > left) throw new RangeError('no message of a trace')
        const message = this.#join(number, this.get((this.#taken + HEAD_BYTES) % WRAP, length))
        this.#taken = (this.#taken + HEAD_BYTES + up(length)) % WRAP
        Atomics.store(words, this.at + TAKEN, this.#taken)
        if (message !== undefined) take(message)
      }
    } finally {
      if (Atomics.exchange(words, this.at + WANTED, 0) !== 0) waits.ring(thread)
    }
  }

  /** The worker has ended: the memory is given back. */
  free(): void {
    if (this.memory.attached) free(this.memory, this.at)
  }

  #join(number: number, piece: Uint8Array): Uint8Array | undefined {
    const message = number & ~LAST
    const before = this.#parts.get(message)
    if (number !== message && before === undefined) return piece
    const parts = before ?? { pieces: [], length: 0 }
    this.#keep(piece.length)
    parts.pieces.push(piece)
    parts.length += piece.length
    if (parts.length > this.#most || this.#parts.size > MOST_UNDER_WAY) throw new RangeError('more than a trace is told')
    if (number === message) {
      this.#parts.set(message, parts)
      return undefined
    }
    this.#parts.delete(message)
    this.#keep(-parts.length)
    const whole = new Uint8Array(parts.length)
    let at = 0
    for (const each of parts.pieces) {
      whole.set(each, at)
      at += each.length
    }
    return whole
  }
}

/** Messages within messages. */
const MOST_UNDER_WAY = 64

/** Where the counts of bytes begin again: a multiple of the capacity, below 2^31. */
const WRAP = CAPACITY * 65_536

function up(length: number): number {
  return (length + 7) & ~7
}
