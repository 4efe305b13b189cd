import { ERR, IN, OUT } from '@ht/core'
import { pause, SharedRing, SharedWaitQueue, type SharedMemory } from '@ht/core/shared'
import { EAGAIN, ECONNRESET, EPIPE } from '../local/errno.js'
import { RECEIVING, SENDING, shutReadiness } from '../local/side.js'
import { CHANGES, CLOSED, RESET, SENT, SIDE_SHIFT, STATE, TOLD } from './layout.js'

const BOTH = RECEIVING | SENDING

/**
 * One of the two sides of a connection in shared memory, as one thread sees it: the bytes that come to it and go from
 * it, what was shut down, and the error that it will tell once. What happened stands in one word, whose bits are
 * only ever set: a thread that dies half way leaves nothing that could not be done again.
 */
export class SharedSide {
  /** What the other side sent, and was not received yet. */
  readonly incoming: SharedRing
  /** The other side's incoming. */
  readonly outgoing: SharedRing
  readonly changes: SharedWaitQueue
  readonly #memory: SharedMemory
  readonly #state: number
  readonly #peerChanges: number
  /** By how much the bits of this side are shifted, and those of the other one. */
  readonly #mine: number
  readonly #peers: number
  /** The bits that end sending: this side's own shutdown, and the other's of receiving. */
  readonly #endsSending: number

  constructor(memory: SharedMemory, at: number, side: 0 | 1) {
    const peer = side === 0 ? 1 : 0
    this.incoming = new SharedRing(memory, at + SENT[peer])
    this.outgoing = new SharedRing(memory, at + SENT[side])
    this.changes = new SharedWaitQueue(memory, at + CHANGES[side])
    this.#memory = memory
    this.#state = at + STATE
    this.#peerChanges = at + CHANGES[peer]
    this.#mine = side * SIDE_SHIFT
    this.#peers = peer * SIDE_SHIFT
    this.#endsSending = (SENDING << this.#mine) | (RECEIVING << this.#peers)
  }

  send(bytes: Uint8Array): number {
    const state = this.#load()
    const sends = (state & this.#endsSending) === 0
    const count = sends && bytes.length > 0 ? this.outgoing.add(bytes) : 0
    PAUSE: pause('socket: bytes sent')
    if (count === 0) {
      if ((state & (SENDING << this.#mine)) !== 0) return -EPIPE
      if (bytes.length === 0) return 0
      return sends ? -EAGAIN : -EPIPE
    }
    if (count > 0) {
      // The other side may have closed just before that, and not have seen these bytes.
      if ((this.#load() & (CLOSED << this.#peers)) !== 0) this.#drop(this.outgoing, this.#mine)
      this.#memory.waits.wake(this.#peerChanges)
    }
    return count
  }

  receive(buffer: Uint8Array): number {
    const { incoming } = this
    const count = this.#oldest(buffer, () => incoming.take(buffer, incoming.limit >> 2))
    // Told when it has become ready to send, and not at each byte: who waits for bytes waits in the same queue.
    if (count > 0 && incoming.hasBecomeLow) this.#memory.waits.wake(this.#peerChanges)
    return count
  }

  peek(buffer: Uint8Array): number {
    return this.#oldest(buffer, () => this.incoming.peek(buffer))
  }

  /** Ends what `bits` say here, and the counterpart of it at the other side. */
  shutdown(bits: number): void {
    const counterpart = ((bits & RECEIVING) << 1) | (bits >> 1)
    this.#add((bits << this.#mine) | (counterpart << this.#peers))
    PAUSE: pause('socket: shut down')
    this.changes.wake()
    this.#memory.waits.wake(this.#peerChanges)
  }

  /** The end of this side: where bytes are lost by it, the other side is told once. Done again, it changes nothing. */
  close(): void {
    this.#add((CLOSED | BOTH) << this.#mine)
    PAUSE: pause('socket: closed')
    this.#drop(this.incoming, this.#peers)
    this.shutdown(BOTH)
  }

  get isClosed(): boolean {
    return (this.#load() & (CLOSED << this.#mine)) !== 0
  }

  get isPeerClosed(): boolean {
    return (this.#load() & (CLOSED << this.#peers)) !== 0
  }

  /** The error that waits to be told, 0 for none; it has been told then. */
  takeError(): number {
    if (!this.#hasError(this.#load())) return 0
    return this.#hasError(this.#add(TOLD << this.#mine)) ? ECONNRESET : 0
  }

  /** Its readiness bits. It is ready to send when at most a quarter of the room is taken. */
  get readiness(): number {
    const { incoming, outgoing } = this
    const state = this.#load()
    return (
      (incoming.stored > 0 ? IN : 0) |
      (outgoing.stored <= outgoing.limit >> 2 ? OUT : 0) |
      (this.#hasError(state) ? ERR : 0) |
      shutReadiness((state >> this.#mine) & BOTH)
    )
  }

  /** Drops what was sent to a side that has closed; whose bits are shifted so much is told of it. */
  #drop(ring: SharedRing, sender: number): void {
    if (ring.stored === 0) return
    this.#add(RESET << sender)
    PAUSE: pause('socket: reset')
    ring.clear()
  }

  /** What there is to receive, or why there is nothing. */
  #oldest(buffer: Uint8Array, get: () => number): number {
    // The state first: what was sent before a shutdown is there by the time that it is seen.
    const state = this.#load()
    PAUSE: pause('socket: state read')
    const count = get()
    if (count !== 0 || (buffer.length === 0 && this.incoming.stored > 0)) return count
    const error = this.takeError()
    if (error !== 0) return -error
    return (state & (RECEIVING << this.#mine)) === 0 ? -EAGAIN : 0
  }

  #hasError(state: number): boolean {
    return ((state >> this.#mine) & (RESET | TOLD)) === RESET
  }

  #load(): number {
    return Atomics.load(this.#memory.words, this.#state)
  }

  /** Sets bits: the state before. */
  #add(bits: number): number {
    return Atomics.or(this.#memory.words, this.#state, bits)
  }
}
