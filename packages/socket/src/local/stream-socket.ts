import { HUP, IN, OUT } from '@ht/core'
import { MSG_PEEK, SOCK_STREAM } from '@ht/core/socket'
import { EAGAIN, EBADF, ECONNREFUSED, EINVAL, EISCONN, ENOTCONN, ENOTSUP } from './errno.js'
import { LocalSocket } from './local-socket.js'
import { isName, writeName, type Names } from './names.js'
import { RECEIVING, shutReadiness, Side } from './side.js'

/** The most connections that may wait at a listener (Linux: `/proc/sys/net/core/somaxconn`). */
const MAX_BACKLOG = 4096

/** A local stream socket: new, listening, or connected for good. */
export class StreamSocket extends LocalSocket {
  readonly type = SOCK_STREAM
  readonly names: Names<StreamSocket>
  /** Its side of the connection that it has or will have. */
  readonly #side = new Side(this.changes)
  /** The socket at the other side. */
  #peer: StreamSocket | undefined
  /** Ends of connections that nobody has accepted yet, the oldest first; undefined when it does not listen. */
  #waiting: StreamSocket[] | undefined
  #backlog = 0

  constructor(names: Names<StreamSocket>) {
    super()
    this.names = names
  }

  join(other: StreamSocket): void {
    this.#side.join(other.#side, this.sendBuffer, other.sendBuffer)
    this.#peer = other
    other.#peer = this
  }

  override listen(backlog: number): number {
    if (this.closed) return -EBADF
    if (this.address === '' || this.#peer !== undefined) return -EINVAL
    this.#waiting ??= []
    this.#backlog = backlog < 0 ? MAX_BACKLOG : Math.min(backlog, MAX_BACKLOG)
    this.admit()
    return 0
  }

  override get listens(): boolean {
    return this.#waiting !== undefined
  }

  override accept(mayWait: boolean): StreamSocket | number {
    if (this.#waiting === undefined) return -EINVAL
    const accepted = this.#waiting.shift()
    // Nobody comes any more to a listener that receives nothing; who does not wait is told as ever (Linux).
    if (accepted === undefined) return mayWait && (this.#side.shut & RECEIVING) !== 0 ? -EINVAL : -EAGAIN
    this.admit()
    return accepted
  }

  connect(address: string): number {
    if (this.closed) return -EBADF
    if (!isName(address)) return -EINVAL
    const listener = this.names.find(address)
    if (listener === undefined || listener.#waiting === undefined || (listener.#side.shut & RECEIVING) !== 0) return -ECONNREFUSED
    if (listener.#waiting.length > listener.#backlog) {
      this.waitFor(listener)
      return -EAGAIN
    }
    if (this.#peer !== undefined) return -EISCONN
    if (this.#waiting !== undefined) return -EINVAL
    const accepted = new StreamSocket(this.names)
    accepted.address = listener.address
    this.join(accepted)
    listener.#waiting.push(accepted)
    listener.changes.wake()
    this.changes.wake()
    return 0
  }

  peerAddress(): string | number {
    return this.#peer?.address ?? -ENOTCONN
  }

  send(bytes: Uint8Array, address?: string): number {
    if (address !== undefined) return this.#peer === undefined ? -ENOTSUP : -EISCONN
    return this.#side.send(bytes)
  }

  read(buffer: Uint8Array): number {
    return buffer.length === 0 ? 0 : this.#side.receive(buffer)
  }

  receive(buffer: Uint8Array, flags: number, address?: Uint8Array): number {
    const side = this.#side
    const count = (flags & MSG_PEEK) === 0 ? side.receive(buffer) : side.peek(buffer)
    if (address !== undefined && count >= 0) {
      // The end of file comes from nobody.
      const isEnd = count === 0 && side.incoming.stored === 0
      writeName(isEnd ? '' : this.#peer!.address, address)
    }
    return count
  }

  bytesWaiting(): number {
    return this.listens ? -EINVAL : this.#side.incoming.stored
  }

  get readiness(): number {
    if (this.#peer !== undefined) return this.#side.readiness
    const shut = shutReadiness(this.#side.shut)
    if (this.#waiting === undefined) return OUT | HUP | shut
    return this.#waiting.length === 0 ? shut : IN | shut
  }

  describe(): string {
    if (this.#waiting !== undefined) return `listening, ${this.#waiting.length} waiting`
    if (this.#peer === undefined) return 'not connected'
    return `connected to socket ${this.#peer.id}, ${this.bytesWaiting()} bytes waiting`
  }

  takeError(): number {
    return this.#side.takeError()
  }

  protected end(bits: number): void {
    this.#side.shutdown(bits)
    this.admit()
  }

  protected roomChanged(): void {
    if (this.#peer !== undefined) this.#side.outgoing.resize(this.sendBuffer)
  }

  protected closing(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    this.#side.close(true)
    for (const accepted of waiting) accepted.#side.close(false)
  }
}
