import { ERR, IN, NONBLOCK, OUT } from '@ht/core'
import { MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, SOCK_DGRAM } from '@ht/core/socket'
import { EAGAIN, EBADF, ECONNREFUSED, ECONNRESET, EINVAL, EMSGSIZE, ENOTCONN, EPERM, EPIPE } from './errno.js'
import { LocalSocket } from './local-socket.js'
import { isName, writeName, type Names } from './names.js'
import { RECEIVING, SENDING, shutReadiness } from './side.js'

/** This many may wait at a socket, and one more, unless it is connected to the sender (Linux: `max_dgram_qlen`). */
const MAX_QUEUE = 10
/** What a datagram takes of its sender's room besides its bytes: what the smallest one does on Linux. */
const OVERHEAD = 768
/** What a datagram leaves of its sender's buffer at least (unix(7)). */
const RESERVED = 32

interface Datagram {
  readonly bytes: Uint8Array
  readonly from: DatagramSocket
}

/** A local datagram socket. */
export class DatagramSocket extends LocalSocket {
  readonly type = SOCK_DGRAM
  readonly names: Names<DatagramSocket>
  /** Where it sends by default; also when that was closed, until a send finds out. */
  #peer: DatagramSocket | undefined
  /** What came, the oldest first. */
  readonly #queue: Datagram[] = []
  /** What its own datagrams take that nobody has received yet: bytes, and OVERHEAD for each. */
  #underWay = 0
  #shut = 0
  #error = 0

  constructor(names: Names<DatagramSocket>) {
    super()
    this.names = names
  }

  join(other: DatagramSocket): void {
    this.#peer = other
    other.#peer = this
  }

  connect(address: string): number {
    if (this.closed) return -EBADF
    if (!isName(address)) return -EINVAL
    const peer = this.names.find(address)
    if (peer === undefined) return -ECONNREFUSED
    if (!peer.#takesFrom(this)) return -EPERM
    const before = this.#peer
    this.#peer = peer
    if (before !== undefined && before !== peer) this.#leave(before)
    this.changes.wake()
    // Of those who wait for room here, the new peer has some now, and the others may send no more.
    this.admit()
    return 0
  }

  peerAddress(): string | number {
    return this.#peer?.address ?? -ENOTCONN
  }

  send(bytes: Uint8Array, address?: string): number {
    if (address !== undefined && !isName(address)) return -EINVAL
    if (bytes.length > this.sendBuffer - RESERVED) return -EMSGSIZE
    if (this.#error !== 0) return -this.takeError()
    if ((this.#shut & SENDING) !== 0) return -EPIPE
    if (this.#underWay >= this.sendBuffer) return -EAGAIN
    const to = address === undefined ? this.#peer : this.names.find(address)
    if (to !== undefined) return this.#sendTo(to, bytes)
    return address === undefined ? -ENOTCONN : -ECONNREFUSED
  }

  read(buffer: Uint8Array, status: number): number {
    return buffer.length === 0 ? 0 : this.receive(buffer, (status & NONBLOCK) === 0 ? 0 : MSG_DONTWAIT)
  }

  receive(buffer: Uint8Array, flags: number, address?: Uint8Array): number {
    if (this.#error !== 0) return -this.takeError()
    const [first] = this.#queue
    // Nothing comes any more when receiving was shut down; who does not wait is told as ever (Linux).
    if (first === undefined && ((this.#shut & RECEIVING) === 0 || (flags & MSG_DONTWAIT) !== 0)) return -EAGAIN
    const { bytes, from } = first ?? NOTHING
    buffer.set(bytes.length <= buffer.length ? bytes : bytes.subarray(0, buffer.length))
    if (address !== undefined) writeName(from?.address ?? '', address)
    if ((flags & MSG_PEEK) === 0 && from !== undefined) {
      this.#queue.shift()
      from.#arrived(bytes)
      this.admit()
    }
    return (flags & MSG_TRUNC) === 0 ? Math.min(bytes.length, buffer.length) : bytes.length
  }

  bytesWaiting(): number {
    return this.#queue[0]?.bytes.length ?? 0
  }

  get readiness(): number {
    return (
      (this.#queue.length > 0 ? IN : 0) |
      (this.#isReadyToSend() ? OUT : 0) |
      (this.#error === 0 ? 0 : ERR) |
      shutReadiness(this.#shut)
    )
  }

  describe(): string {
    const peer = this.#peer === undefined ? '' : `, sends to socket ${this.#peer.id}`
    return `${this.#queue.length} waiting${peer}`
  }

  takeError(): number {
    const error = this.#error
    this.#error = 0
    return error
  }

  protected end(bits: number): void {
    this.#shut |= bits
    this.changes.wake()
    this.admit()
  }

  protected roomChanged(): void {
    // What is under way is compared with it at each send.
  }

  protected closing(): void {
    this.#peer = undefined
    this.#drop()
  }

  /** Whether one may send to it: anybody, or its peer alone when it has one. */
  #takesFrom(sender: DatagramSocket): boolean {
    return this.#peer === undefined || this.#peer === sender
  }

  #sendTo(to: DatagramSocket, bytes: Uint8Array): number {
    if (!to.#takesFrom(this)) return -EPERM
    if (to.closed) {
      this.#peer = undefined
      this.#leave(to)
      return -ECONNREFUSED
    }
    if ((to.#shut & RECEIVING) !== 0) return -EPIPE
    if (to !== this && to.#isFullFor(this)) {
      this.waitFor(to)
      return -EAGAIN
    }
    // No slice: that of a Buffer is no copy.
    to.#queue.push({ bytes: new Uint8Array(bytes), from: this })
    this.#underWay += bytes.length + OVERHEAD
    to.changes.wake()
    return bytes.length
  }

  /** Whether its queue takes no more. One that is connected to the sender takes what the sender's own room allows. */
  #isFullFor(sender: DatagramSocket): boolean {
    return this.#peer !== sender && this.#queue.length > MAX_QUEUE
  }

  #isReadyToSend(): boolean {
    if (this.#underWay > this.sendBuffer / 4) return false
    const peer = this.#peer
    if (peer === undefined || !peer.#isFullFor(this)) return true
    this.waitFor(peer)
    return false
  }

  /** One of its datagrams takes no room any more. */
  #arrived(bytes: Uint8Array): void {
    const few = this.sendBuffer / 4
    const before = this.#underWay
    this.#underWay -= bytes.length + OVERHEAD
    if (before > few && this.#underWay <= few) this.changes.wake()
  }

  /** It has another peer now, or none: what came is dropped, and who was connected to it hears of that. */
  #leave(before: DatagramSocket): void {
    if (this.#queue.length === 0) return
    const isTold = before.#peer === this
    if (isTold) before.#error = ECONNRESET
    this.#drop()
    if (isTold) before.changes.wake()
  }

  #drop(): void {
    for (const { from, bytes } of this.#queue.splice(0)) from.#arrived(bytes)
    this.admit()
  }
}

/** What comes when nothing can. */
const NOTHING = { bytes: new Uint8Array(0), from: undefined }
