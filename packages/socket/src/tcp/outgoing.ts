import { giveSegment, SEGMENT, takeSegment } from './segments.js'
import type { Socket } from 'node:net'

/**
 * Bytes that were sent and that the host has not taken yet. What is added in one turn goes to the host as one piece,
 * and so does what is added while the host is busy with the piece before.
 */
export class Outgoing {
  /** How many bytes may be held. */
  capacity: number
  readonly #socket: Socket
  readonly #sent: () => void
  /** The piece that is being filled, and how much of it is. */
  #filling: Uint8Array | undefined
  #filled = 0
  /** Bytes that the host has and has not sent. Their memory is not touched until it says that it has. */
  #flying = 0
  #scheduled = false
  #whenSent: (() => void) | undefined
  /** Bytes since the event loop last had its turn between two pieces. */
  #inARow = 0

  /** `sent` is called each time that there is more room. */
  constructor(socket: Socket, capacity: number, sent: () => void) {
    this.#socket = socket
    this.capacity = capacity
    this.#sent = sent
  }

  /** How many bytes are held. */
  get stored(): number {
    return this.#filled + this.#flying
  }

  /** How many can be added now. */
  get room(): number {
    return Math.max(0, this.capacity - this.stored)
  }

  /** Adds as many of `bytes` as there is room for, and says how many that was. */
  add(bytes: Uint8Array): number {
    const total = Math.min(bytes.length, this.room)
    for (let count = 0; count < total;) {
      const memory = this.#memoryFor(total - count)
      const part = Math.min(total - count, memory.length - this.#filled)
      memory.set(part === bytes.length ? bytes : bytes.subarray(count, count + part), this.#filled)
      this.#filled += part
      count += part
      if (this.#filled === SEGMENT) this.#flush()
    }
    if (this.#filled > 0 && this.#flying === 0 && !this.#scheduled) {
      this.#scheduled = true
      process.nextTick(this.#flushLater)
    }
    return total
  }

  /** Hands what is held to the host; `done` is called once the host has sent it all. Of several calls the last counts. */
  finish(done: () => void): void {
    this.#whenSent = done
    this.#flush()
    if (this.stored === 0) done()
  }

  /** Forgets what the host was not handed, and whom to call when it is sent. */
  clear(): void {
    this.#filling = undefined
    this.#filled = 0
    this.#whenSent = undefined
  }

  /** Hands what is held to the host. */
  #flush(): void {
    const memory = this.#filling
    const count = this.#filled
    if (memory === undefined || count === 0) return
    this.#filling = undefined
    this.#filled = 0
    this.#flying += count
    const sent = () => {
      this.#flying -= count
      if (this.#flying === 0) this.#flush()
      if (this.stored === 0) this.#whenSent?.()
      this.#sent()
    }
    this.#socket.write(count === memory.length ? memory : memory.subarray(0, count), (error) => {
      if (error !== undefined && error !== null) {
        // The host's socket tells of it, and may still look at the memory.
        this.#flying -= count
        return
      }
      giveSegment(memory)
      this.#inARow += count
      if (this.#inARow < MOST_IN_A_ROW) {
        sent()
      } else {
        this.#inARow = 0
        setImmediate(sent)
      }
    })
  }

  readonly #flushLater = () => {
    this.#scheduled = false
    if (this.#flying === 0) this.#flush()
  }

  /** Memory with room for at least one byte: little while there is little to send. */
  #memoryFor(count: number): Uint8Array {
    const filling = this.#filling
    if (filling !== undefined && this.#filled < filling.length) return filling
    const memory = this.#filled + count > SMALL ? takeSegment() : new Uint8Array(SMALL)
    if (filling !== undefined) memory.set(filling)
    return (this.#filling = memory)
  }
}

/** Memory for a little, in bytes. */
const SMALL = 4096
/**
 * After this many bytes the event loop has its turn. A host that takes each piece at once, since its other side is
 * quick, would otherwise keep all others from theirs.
 */
const MOST_IN_A_ROW = 1_048_576
