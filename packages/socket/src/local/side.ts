import { ERR, HUP, IN, OUT, RDHUP, type WaitQueue } from '@ht/core'
import { Ring } from '@ht/core/bytes'
import { EAGAIN, ECONNRESET, EINVAL, ENOTCONN, EPIPE } from './errno.js'

/** What a shutdown ended, as bits: receiving, sending. */
export const RECEIVING = 1
export const SENDING = 2
const BOTH = 3

/** What comes to and goes from a side that has no other. */
const NO_BYTES = new Ring(0)

/**
 * One of the two sides of a connection: the bytes that come to it and go from it, what was shut down, and the error
 * that it will tell once. Names and backlogs are the sockets' affair; a side knows the other side and who waits,
 * nothing else.
 */
export class Side {
  /** What the other side sent, and was not received yet. */
  incoming = NO_BYTES
  /** The other side's incoming. */
  outgoing = NO_BYTES
  /** RECEIVING, SENDING or both, or-ed: what has ended here, by either side. */
  shut = 0
  readonly #changes: WaitQueue
  #peer: Side | undefined
  #peerChanges: WaitQueue
  /** Whether bytes go to the other side: there is one, and neither has shut that down. */
  #sends = false
  #error = 0

  constructor(changes: WaitQueue) {
    this.#changes = changes
    this.#peerChanges = changes
  }

  /** Connects it to another one; each says how many bytes may be under way from there. */
  join(peer: Side, room: number, peerRoom: number): void {
    this.#peer = peer
    peer.#peer = this
    this.#peerChanges = peer.#changes
    peer.#peerChanges = this.#changes
    this.outgoing = peer.incoming = new Ring(room)
    this.incoming = peer.outgoing = new Ring(peerRoom)
    this.#shutChanged(peer)
  }

  send(bytes: Uint8Array): number {
    const count = this.#sends ? this.outgoing.add(bytes) : 0
    if (count === 0) return this.#nothingSent(bytes)
    this.#peerChanges.wake()
    return count
  }

  receive(buffer: Uint8Array): number {
    const { incoming } = this
    const before = incoming.stored
    const count = incoming.take(buffer)
    if (count === 0) return this.#nothingReceived()
    // Told when it has become ready to send, and not at each byte: who waits for bytes waits in the same queue.
    const few = incoming.capacity >> 2
    if (before > few && incoming.stored <= few) this.#peerChanges.wake()
    return count
  }

  peek(buffer: Uint8Array): number {
    return this.incoming.peek(buffer) || this.#nothingReceived()
  }

  /** Ends what `bits` say here, and the counterpart of it at the other side. */
  shutdown(bits: number): void {
    const peer = this.#peer
    this.shut |= bits
    if (peer !== undefined) {
      peer.shut |= ((bits & RECEIVING) << 1) | (bits >> 1)
      this.#shutChanged(peer)
    }
    this.#changes.wake()
    this.#peerChanges.wake()
  }

  /** The end of this side. Where bytes are lost by it, or it was never accepted, the other side is told once. */
  close(accepted: boolean): void {
    if (this.#peer !== undefined && (!accepted || this.incoming.stored > 0)) this.#peer.#error = ECONNRESET
    this.incoming.clear()
    this.shutdown(BOTH)
  }

  /** The error that waits to be told, 0 for none; it has been told then. */
  takeError(): number {
    const error = this.#error
    this.#error = 0
    return error
  }

  /**
   * Of a connected side, its readiness bits. It is ready to send when at most a quarter of the room is taken, as on
   * Linux: a sender that waited can send much at once.
   */
  get readiness(): number {
    return (
      (this.incoming.stored > 0 ? IN : 0) |
      (this.outgoing.stored <= this.outgoing.capacity >> 2 ? OUT : 0) |
      (this.#error === 0 ? 0 : ERR) |
      shutReadiness(this.shut)
    )
  }

  /** What one side shut down before there was a connection, only that side knows; it counts for both. */
  #shutChanged(peer: Side): void {
    this.#sends = (this.shut & SENDING) === 0 && (peer.shut & RECEIVING) === 0
    peer.#sends = (peer.shut & SENDING) === 0 && (this.shut & RECEIVING) === 0
  }

  #nothingSent(bytes: Uint8Array): number {
    if (this.#peer === undefined) return -ENOTCONN
    if ((this.shut & SENDING) !== 0) return -EPIPE
    if (bytes.length === 0) return 0
    return this.#sends ? -EAGAIN : -EPIPE
  }

  #nothingReceived(): number {
    if (this.#peer === undefined) return -EINVAL
    if (this.incoming.stored > 0) return 0
    if (this.#error !== 0) return -this.takeError()
    return (this.shut & RECEIVING) === 0 ? -EAGAIN : 0
  }
}

/** What poll says of what was shut down. */
export function shutReadiness(shut: number): number {
  return ((shut & RECEIVING) === 0 ? 0 : IN | RDHUP) | (shut === BOTH ? HUP : 0)
}
