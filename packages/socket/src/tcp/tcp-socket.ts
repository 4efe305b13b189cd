import { createInode, ERR, HUP, IN, OUT, RDHUP, WaitQueue } from '@ht/core'
import { SHUT_RD, SHUT_RDWR, SHUT_WR } from '@ht/core/socket'
import { anyAddress, destination, formatAddress, mappedAddress, parseAddress, type Address, type Target } from './address.js'
import { Connection } from './connection.js'
import { dial } from './dial.js'
import {
  EACCES,
  EAFNOSUPPORT,
  EAGAIN,
  EALREADY,
  EBADF,
  ECONNABORTED,
  ECONNRESET,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  ENETUNREACH,
  ENOTCONN,
  EPIPE,
} from './errno.js'
import { Listener } from './listener.js'
import { SOCKET_MODE } from '../mode.js'
import { permits, type Allow } from './permission.js'
import { Settings } from './settings.js'

/** Where a socket is in its life. What belongs to a phase is kept in it. */
type Phase =
  /** It has no connection; it may have an address (`#local`). Where connecting or listening that failed leads back to. */
  | { readonly name: 'idle' }
  | { readonly name: 'listening'; readonly listener: Listener }
  | { readonly name: 'connecting'; readonly to: string; readonly abandon: () => void }
  /** `told`: who connected it knows. */
  | { readonly name: 'connected'; readonly connection: Connection; told: boolean }
  /** It could not connect, and who asked for it was not told yet. */
  | { readonly name: 'failed' }
  | { readonly name: 'closed' }

/**
 * A TCP socket: what each call does in each phase of its life, in the order of errors that Linux has. All answers
 * are −errno or a value, at once; `changes` is woken when another could come.
 */
export class TcpSocket {
  readonly family: 4 | 6
  readonly settings: Settings
  readonly changes = new WaitQueue()
  readonly inode = createInode(SOCKET_MODE)
  readonly #allow: Allow | undefined
  #phase: Phase = { name: 'idle' }
  /** The address that it was bound to. */
  #local: Address | undefined
  /** Why connecting failed, until somebody was told (SO_ERROR). A connection keeps its own. */
  #error = 0
  readonly #changed = () => {
    this.changes.wake()
  }

  constructor(family: 4 | 6, allow: Allow | undefined, settings = new Settings(family)) {
    this.family = family
    this.settings = settings
    this.#allow = allow
  }

  get connection(): Connection | undefined {
    return this.#phase.name === 'connected' ? this.#phase.connection : undefined
  }

  get listening(): boolean {
    return this.#phase.name === 'listening' && this.#phase.listener.ready
  }

  /** As tcp_poll of Linux has it. */
  get readiness(): number {
    const phase = this.#phase
    if (phase.name === 'connected') return phase.connection.readiness
    const failed = this.#error === 0 ? 0 : ERR
    if (phase.name === 'connecting') return failed
    if (phase.name === 'listening') return phase.listener.acceptable ? IN : 0
    return (phase.name === 'idle' ? OUT | HUP : IN | OUT | HUP | RDHUP) | failed
  }

  bind(text: string): number {
    if (this.#phase.name === 'closed') return -EBADF
    const address = parseAddress(text)
    if (address === undefined || address.family === 0) return -EINVAL
    if (address.family !== this.family) return -EAFNOSUPPORT
    const mayBind = this.#phase.name === 'idle' || this.#phase.name === 'failed'
    if (!mayBind || this.#local !== undefined) return -EINVAL
    this.#local = address
    return 0
  }

  listen(backlog: number): number {
    const phase = this.#phase
    const bound = backlog < 0 ? MOST_WAITING : Math.min(backlog, MOST_WAITING)
    if (phase.name === 'listening') {
      const { listener } = phase
      listener.backlog = bound
      if (listener.failure !== 0) this.#phase = { name: 'idle' }
      return listener.failure !== 0 ? -listener.failure : listener.ready ? 0 : -EAGAIN
    }
    if (phase.name !== 'idle') return phase.name === 'closed' ? -EBADF : -EINVAL
    const address = this.#local ?? anyAddress(this.family)
    const refused = this.#ask('listen', address)
    if (refused !== 0) return refused
    this.#phase = { name: 'listening', listener: new Listener(address, bound, this.settings.v6Only, this.#changed) }
    return -EAGAIN
  }

  /** The next connection, as a socket that is connected. */
  accept(): TcpSocket | number {
    const phase = this.#phase
    if (phase.name !== 'listening' || !phase.listener.ready) return phase.name === 'closed' ? -EBADF : -EINVAL
    const host = phase.listener.accept()
    if (typeof host === 'number') return host
    const socket = new TcpSocket(this.family, this.#allow, this.settings.copy())
    socket.#phase = { name: 'connected', connection: new Connection(host, socket.settings, socket.#changed), told: true }
    return socket
  }

  connect(text: string): number {
    const phase = this.#phase
    switch (phase.name) {
      case 'closed':
        return -EBADF
      case 'listening':
        return -EISCONN
      case 'connecting':
        return -EALREADY
      case 'connected':
        if (phase.told) return -EISCONN
        phase.told = true
        return 0
      case 'failed':
        this.#phase = { name: 'idle' }
        return -(this.takeError() || ECONNABORTED)
      case 'idle':
        return this.#beginToConnect(text)
    }
  }

  shutdown(how: number): number {
    if (how !== SHUT_RD && how !== SHUT_WR && how !== SHUT_RDWR) return -EINVAL
    const phase = this.#phase
    switch (phase.name) {
      case 'connected':
        return phase.connection.shutdown(how)
      case 'listening':
        if (how === SHUT_WR) return 0
        this.#local = phase.listener.address
        this.#end({ name: 'idle' })
        return 0
      case 'connecting':
        this.#error = ECONNRESET
        this.#end({ name: 'idle' })
        return 0
      default:
        return phase.name === 'closed' ? -EBADF : -ENOTCONN
    }
  }

  receive(buffer: Uint8Array, flags: number): number {
    const phase = this.#phase
    if (phase.name === 'connected') return phase.connection.receive(buffer, flags)
    if (phase.name === 'closed') return -EBADF
    if (buffer.length === 0) return 0
    if (phase.name === 'connecting') return -EAGAIN
    if (this.#error !== 0) return -this.takeError()
    return phase.name === 'failed' ? 0 : -ENOTCONN
  }

  send(bytes: Uint8Array): number {
    const phase = this.#phase
    if (phase.name === 'connected') return phase.connection.send(bytes)
    if (phase.name === 'closed') return -EBADF
    if (phase.name === 'connecting') return -EAGAIN
    return -(this.takeError() || EPIPE)
  }

  localAddress(): string | number {
    const phase = this.#phase
    if (phase.name === 'closed') return -EBADF
    if (phase.name === 'connected') return phase.connection.localAddress
    const address = phase.name === 'listening' ? phase.listener.address : this.#local
    return address === undefined ? '' : formatAddress(address)
  }

  peerAddress(): string | number {
    const phase = this.#phase
    if (phase.name === 'connected' && !phase.connection.over) return phase.connection.peerAddress
    return phase.name === 'closed' ? -EBADF : -ENOTCONN
  }

  setOption(level: number, name: number, value: number): number {
    const bound = this.#local !== undefined || !['idle', 'failed'].includes(this.#phase.name)
    const answer = this.settings.set(level, name, value, bound)
    if (answer !== 0) return answer
    this.connection?.apply(this.settings)
    this.changes.wake()
    return 0
  }

  /** Why connecting failed or the connection broke, or 0; nobody is told twice. */
  takeError(): number {
    const error = this.#error || (this.connection?.takeError() ?? 0)
    this.#error = 0
    return error
  }

  /** Ends it, with its last holder. What was sent is still delivered. */
  close(): void {
    this.#end({ name: 'closed' })
  }

  /** For lsof: what it does, and both addresses. */
  describe(): string {
    const phase = this.#phase
    const local = String(this.localAddress())
    switch (phase.name) {
      case 'idle':
        return local === '' ? 'TCP socket' : `TCP socket bound to ${local}`
      case 'listening':
        return `TCP socket listening on ${local}`
      case 'connecting':
        return `TCP socket connecting to ${phase.to}`
      case 'connected':
        return phase.connection.describe()
      default:
        return `TCP socket, ${phase.name}`
    }
  }

  #beginToConnect(text: string): number {
    const parsed = parseAddress(text)
    if (parsed === undefined) return -EINVAL
    if (parsed.family !== 0 && parsed.family !== this.family) return -EAFNOSUPPORT
    const target = parsed.family === 0 ? parsed : destination(parsed)
    if (target.family === 6 && this.settings.v6Only && mappedAddress(target) !== undefined) return -ENETUNREACH
    const refused = this.#ask('connect', target)
    if (refused !== 0) return refused
    this.#error = 0
    const call = { family: this.family, target, local: this.#local, allow: this.#allow }
    const abandon = dial(call, (outcome) => {
      if (typeof outcome === 'number') {
        this.#error = outcome
        this.#phase = { name: 'failed' }
      } else {
        const connection = new Connection(outcome, this.settings, this.#changed)
        this.#phase = { name: 'connected', connection, told: false }
      }
      this.changes.wake()
    })
    this.#phase = { name: 'connecting', to: formatAddress(target), abandon }
    return -EINPROGRESS
  }

  /** Asks whether a call is allowed: 0, or why not. The callee may have done something else with the socket. */
  #ask(call: 'connect' | 'listen', target: Target): number {
    const phase = this.#phase
    if (!permits(this.#allow, call, target)) return -EACCES
    if (this.#phase === phase) return 0
    return this.#phase.name === 'closed' ? -EBADF : -EINVAL
  }

  #end(next: Phase): void {
    const phase = this.#phase
    this.#phase = next
    if (phase.name === 'listening') phase.listener.close()
    else if (phase.name === 'connecting') phase.abandon()
    else if (phase.name === 'connected') phase.connection.close()
    this.changes.wake()
  }
}

/** The most connections that may wait to be accepted (Linux: somaxconn). */
const MOST_WAITING = 4096
