import { ERR, HUP, IN, OUT, RDHUP } from '@ht/core'
import { MSG_PEEK, SHUT_RD, SHUT_WR } from '@ht/core/socket'
import { anyAddress, formatAddress } from './address.js'
import { EAGAIN, ECONNRESET, ENOTCONN, EPIPE, errnoOfFailure } from './errno.js'
import { Incoming } from './incoming.js'
import { Outgoing } from './outgoing.js'
import { Probe } from './probe.js'
import type { Socket } from 'node:net'
import type { Settings } from './settings.js'

/** An established connection: the host's socket, and the bytes on this side of it. */
export class Connection {
  readonly localAddress: string
  readonly peerAddress: string
  readonly incoming = new Incoming()
  readonly outgoing: Outgoing
  /** Why it broke, until somebody was told. */
  error = 0
  readonly #socket: Socket
  readonly #changed: () => void
  readonly #probe: Probe
  #settings: Settings
  /** The other side sends no more, and all that it sent is here. */
  #peerEnded = false
  #receiveEnded = false
  #sendEnded = false
  #broken = false
  #closed = false

  /** Takes over a socket of the host's that was not read from yet. `changed` is called at each change of readiness. */
  constructor(socket: Socket, settings: Settings, changed: () => void) {
    this.#socket = socket
    this.#settings = settings
    this.#changed = changed
    this.localAddress = textOf(socket.localFamily, socket.localAddress, socket.localPort)
    this.peerAddress = textOf(socket.remoteFamily, socket.remoteAddress, socket.remotePort)
    this.outgoing = new Outgoing(socket, settings.sendBuffer, this.#sent)
    this.#probe = new Probe(() => {
      if (this.outgoing.stored === 0) socket.write(NOTHING)
    })
    settings.applyTo(socket)
    socket.on('error', this.#fail)
    socket.on('end', this.#end)
    socket.on('close', this.#gone)
    socket.on('data', this.#arrive)
    socket.resume()
    // It may have failed while nobody had accepted it.
    if (socket.destroyed) this.#break(ECONNRESET)
  }

  /** Whether nothing goes either way any more. */
  get over(): boolean {
    return this.#broken || (this.#sendEnded && this.#peerEnded)
  }

  /** As tcp_poll of Linux has it. */
  get readiness(): number {
    const noneToCome = this.#peerEnded || this.#receiveEnded || this.#broken
    const noneToGo = this.#sendEnded || this.#broken
    return (
      (noneToCome ? IN | RDHUP : this.incoming.stored > 0 ? IN : 0) |
      (noneToGo || this.outgoing.room * 3 >= this.outgoing.capacity ? OUT : 0) |
      (noneToCome && noneToGo ? HUP : 0) |
      (this.error !== 0 ? ERR : 0)
    )
  }

  receive(buffer: Uint8Array, flags: number): number {
    if (buffer.length === 0) return 0
    if (this.incoming.stored > 0) {
      if ((flags & MSG_PEEK) !== 0) return this.incoming.peek(buffer)
      const count = this.incoming.take(buffer)
      this.#readOn()
      return count
    }
    if (this.#peerEnded) return 0
    if (this.error !== 0) return -this.takeError()
    return this.#receiveEnded || this.#broken ? 0 : -EAGAIN
  }

  send(bytes: Uint8Array): number {
    if (this.#broken || this.#sendEnded) return -(this.takeError() || EPIPE)
    if (bytes.length === 0) return 0
    return this.outgoing.add(bytes) || -EAGAIN
  }

  shutdown(how: number): number {
    if (this.over) return -ENOTCONN
    if (how !== SHUT_WR) this.#receiveEnded = true
    if (how !== SHUT_RD && !this.#sendEnded) {
      this.#sendEnded = true
      this.#probe.end()
      // The host resets no connection that it is ending, so it is not told before it has sent everything.
      this.outgoing.finish(() => this.#socket.end())
    }
    this.#changed()
    return 0
  }

  /** Why it broke, or 0; nobody is told twice. */
  takeError(): number {
    const { error } = this
    this.error = 0
    return error
  }

  describe(): string {
    const bytes = `${String(this.incoming.stored)} bytes to receive, ${String(this.outgoing.stored)} to send`
    return `TCP ${this.localAddress} ${this.over ? 'was connected to' : '->'} ${this.peerAddress}, ${bytes}`
  }

  /** Has changed options take effect. */
  apply(settings: Settings): void {
    this.#settings = settings
    this.outgoing.capacity = settings.sendBuffer
    if (!this.#socket.destroyed) settings.applyTo(this.#socket)
    this.#readOn()
  }

  /**
   * Ends it: what was sent is still delivered, as long as the other side takes it, and then the other side is told of
   * the end. If something was not received, or arrives later, the connection is reset instead (tcp_close of Linux).
   */
  close(): void {
    this.#closed = true
    this.#probe.end()
    const unread = this.incoming.stored > 0 || this.#socket.readableLength > 0
    this.incoming.clear()
    if (unread) {
      this.#reset()
      return
    }
    this.outgoing.finish(() => this.#socket.destroySoon())
    this.#socket.setTimeout(LINGER_MS, () => this.#reset())
  }

  readonly #arrive = (bytes: Uint8Array) => {
    if (this.#closed || (this.#receiveEnded && this.#sendEnded)) {
      this.#break(ECONNRESET)
      this.#reset()
      return
    }
    this.incoming.add(bytes)
    if (this.incoming.stored > this.#settings.receiveBuffer - READ_BYTES) this.#socket.pause()
    this.#changed()
  }

  readonly #end = () => {
    if (this.#sendEnded || this.#closed) {
      this.#endOfPeer()
      return
    }
    // The host takes a reset right behind bytes for their end. If it was one, this fails, in this turn.
    this.#socket.write(NOTHING)
    setImmediate(this.#endOfPeer)
  }

  readonly #endOfPeer = () => {
    if (this.#broken) return
    this.#peerEnded = true
    this.#lookForReset()
    this.#changed()
  }

  readonly #sent = () => {
    this.#lookForReset()
    this.#changed()
  }

  readonly #fail = (error: unknown) => {
    const errno = errnoOfFailure(error)
    // A reset behind the end is EPIPE to who writes (tcp_reset of Linux).
    if (errno === EPIPE && this.#socket.readableEnded) this.#peerEnded = true
    // What else the other side sent is lost with the host's socket: that must not look like the end.
    const reset = errno === ECONNRESET || errno === EPIPE
    this.#break(reset ? (this.#peerEnded ? EPIPE : ECONNRESET) : errno)
  }

  readonly #gone = () => {
    if (!this.over && !this.#closed) this.#break(ECONNRESET)
  }

  #lookForReset(): void {
    if (this.#peerEnded && !this.#sendEnded && !this.#broken && !this.#closed) this.#probe.begin()
  }

  #break(error: number): void {
    if (this.#broken) return
    this.#broken = true
    this.error = error
    this.#probe.end()
    this.outgoing.clear()
    this.#changed()
  }

  #readOn(): void {
    if (this.#closed || !this.#socket.isPaused()) return
    if (this.incoming.stored <= Math.max(0, this.#settings.receiveBuffer - READ_BYTES)) this.#socket.resume()
  }

  #reset(): void {
    this.outgoing.clear()
    const ending = this.#socket.writableEnded && !this.#socket.writableFinished
    if (ending) this.#socket.once('finish', () => this.#socket.resetAndDestroy())
    else this.#socket.resetAndDestroy()
  }
}

/** The most that the host reads at once, in bytes. */
const READ_BYTES = 65_536
/** How long one who takes nothing is waited for. */
const LINGER_MS = 60_000
/** Writing it sends nothing, and fails when there was a reset. */
const NOTHING = new Uint8Array(0)

function textOf(family: string | undefined, host: string | undefined, port: number | undefined): string {
  // A connection that broke before it was looked at has no addresses any more.
  if (host === undefined || port === undefined) return ''
  return formatAddress({ ...anyAddress(family === 'IPv6' ? 6 : 4), host, port })
}
