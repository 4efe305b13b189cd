import { WaitQueue } from '@ht/core'
import {
  AF_UNIX,
  SHUT_RDWR,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_SNDBUF,
  SO_TYPE,
  SOL_SOCKET,
} from '@ht/core/socket'
import { EBADF, EINVAL, ENOPROTOOPT, ENOTSUP } from './errno.js'
import { isName, type Names } from './names.js'

/** How many bytes may be under way from one socket unless told (Linux: `/proc/sys/net/core/wmem_default`). */
const DEFAULT_BUFFER = 212_992
/** The most that can be asked for; twice of it is given, as everywhere (Linux: `/proc/sys/net/core/wmem_max`). */
const MAX_BUFFER = 4_194_304
const MIN_SEND_BUFFER = 4608
const MIN_RECEIVE_BUFFER = 2304

/** What local sockets of both types have: a name, options, and who waits for them. */
export abstract class LocalSocket {
  readonly id = ++lastId
  /** SOCK_STREAM or SOCK_DGRAM. */
  abstract readonly type: number
  /** Where its name is, and those that it can reach are found. */
  abstract readonly names: Names<LocalSocket>
  /** Its name, kept when it is closed: what it sent came from there. '' without one. */
  address = ''
  /** How many bytes may be under way from here. */
  sendBuffer = DEFAULT_BUFFER
  /** Whether its last holder has gone. */
  closed = false
  /** Those who wait for a change that can be seen at this socket. */
  readonly changes = new WaitQueue()
  /** Options that are kept and told, and have no effect, as on Linux (unix(7)). */
  readonly #kept: Record<number, number> = { [SO_REUSEADDR]: 0, [SO_RCVBUF]: DEFAULT_BUFFER, [SO_KEEPALIVE]: 0 }
  /** Those who found no room here, in a backlog or a queue. Most sockets refuse nobody, and have no set. */
  #refused: Set<LocalSocket> | undefined
  /** Those at whom it found none: by several calls at once, several. */
  #refusedBy: Set<LocalSocket> | undefined

  bind(address: string): number {
    if (this.closed) return -EBADF
    if (address === '') return this.address === '' ? this.names.claimAny(this) : 0
    return this.address !== '' || !isName(address) ? -EINVAL : this.names.claim(this, address)
  }

  listen(_backlog: number): number {
    return -ENOTSUP
  }

  /** The end of the oldest connection that waits. `mayWait`: who asks would wait for one. */
  accept(_mayWait: boolean): LocalSocket | number {
    return -ENOTSUP
  }

  get listens(): boolean {
    return false
  }

  /** Connects it to another that is as new as itself. */
  abstract join(other: this): void
  abstract connect(address: string): number
  abstract peerAddress(): string | number
  abstract send(bytes: Uint8Array, address?: string): number
  /** {@link receive}, but of no bytes it is nothing. Its own, since streams are read by it all the time. */
  abstract read(buffer: Uint8Array, status: number): number
  /** `flags` have MSG_DONTWAIT whenever who asks would not wait. `address` is filled with whom it came from. */
  abstract receive(buffer: Uint8Array, flags: number, address?: Uint8Array): number

  shutdown(how: number): number {
    if (how < 0 || how > SHUT_RDWR) return -EINVAL
    // SHUT_RD, SHUT_WR and SHUT_RDWR, counted from 1, are the bits.
    this.end(how + 1)
    return 0
  }

  /** How many bytes a receive could give now (FIONREAD). */
  abstract bytesWaiting(): number
  /** Its readiness bits. */
  abstract get readiness(): number
  /** What it is doing, for a person. */
  abstract describe(): string

  option(level: number, name: number): number {
    if (level !== SOL_SOCKET) return -ENOTSUP
    switch (name) {
      case SO_TYPE:
        return this.type
      case SO_ERROR:
        return this.takeError()
      case SO_ACCEPTCONN:
        return this.listens ? 1 : 0
      case SO_DOMAIN:
        return AF_UNIX
      case SO_PROTOCOL:
        return 0
      case SO_SNDBUF:
        return this.sendBuffer
      default:
        return this.#kept[name] ?? -ENOPROTOOPT
    }
  }

  setOption(level: number, name: number, value: number): number {
    if (level !== SOL_SOCKET) return -ENOTSUP
    if (name === SO_SNDBUF) {
      this.sendBuffer = doubled(value, MIN_SEND_BUFFER)
      this.roomChanged()
      this.changes.wake()
    } else if (name in this.#kept) {
      this.#kept[name] = name === SO_RCVBUF ? doubled(value, MIN_RECEIVE_BUFFER) : Number(value !== 0)
    } else {
      return -ENOPROTOOPT
    }
    return 0
  }

  /** The last holder has gone. */
  close(): void {
    if (this.closed) return
    this.closed = true
    this.names.free(this)
    for (const other of this.#refusedBy ?? []) other.#refused?.delete(this)
    this.#refusedBy = undefined
    this.closing()
    this.admit()
    this.changes.wake()
  }

  /** The error that waits to be told, which it is by this; 0 for none. */
  protected abstract takeError(): number
  /** Ends receiving, sending or both: bits of {@link Side.shut}. */
  protected abstract end(bits: number): void
  /** Its send buffer has another size. */
  protected abstract roomChanged(): void
  /** Gives up what it has. */
  protected abstract closing(): void

  /** Has this socket woken when the other one may have room. */
  protected waitFor(other: LocalSocket): void {
    // Nobody waits for a closed one, which nothing would take out of the set again.
    if (this.closed) return
    this.#refusedBy ??= new Set()
    this.#refusedBy.add(other)
    other.#refused ??= new Set()
    other.#refused.add(this)
  }

  /** Tells those who found no room here to look again. */
  protected admit(): void {
    const refused = this.#refused
    if (refused === undefined) return
    this.#refused = undefined
    // All are taken out before the first is woken, who may be refused again, or have another one be.
    for (const socket of refused) socket.#refusedBy?.delete(this)
    for (const socket of refused) socket.changes.wake()
  }
}

let lastId = 0

/** What an asked-for buffer comes to (socket(7)): a negative number is a very large one. */
function doubled(value: number, least: number): number {
  return Math.max(2 * Math.min(value < 0 ? MAX_BUFFER : value, MAX_BUFFER), least)
}
