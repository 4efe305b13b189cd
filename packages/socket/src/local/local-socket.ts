import { createInode, WaitQueue } from '@ht/core'
import { SOCKET_MODE } from '../mode.js'
import { SHUT_RDWR } from '@ht/core/socket'
import { EBADF, EINVAL, ENOTSUP } from './errno.js'
import { isName, type Names } from './names.js'
import { DEFAULT_BUFFER, KEPT, optionOf, setOptionOf, type Optioned } from './options.js'
import type { LocalEndpoint } from './endpoint.js'

/** What local sockets of both types have: a name, options, and who waits for them. */
export abstract class LocalSocket implements LocalEndpoint, Optioned {
  readonly id = ++lastId
  readonly inode = createInode(SOCKET_MODE)
  abstract readonly type: number
  /** Where its name is, and those that it can reach are found. */
  abstract readonly names: Names<LocalSocket>
  /** Its name, kept when it is closed: what it sent came from there. '' without one. */
  address = ''
  /** Whether its last holder has gone. */
  closed = false
  /** Those who wait for a change that can be seen at this socket. */
  readonly changes = new WaitQueue()
  #sendBuffer = DEFAULT_BUFFER
  #kept = KEPT
  /** Those who found no room here, in a backlog or a queue. Most sockets refuse nobody, and have no set. */
  #refused: Set<LocalSocket> | undefined
  /** Those at whom it found none: by several calls at once, several. */
  #refusedBy: Set<LocalSocket> | undefined

  get sendBuffer(): number {
    return this.#sendBuffer
  }

  set sendBuffer(bytes: number) {
    this.#sendBuffer = bytes
    this.roomChanged()
    this.changes.wake()
  }

  bind(address: string): number {
    if (this.closed) return -EBADF
    if (address === '') return this.address === '' ? this.names.claimAny(this) : 0
    return this.address !== '' || !isName(address) ? -EINVAL : this.names.claim(this, address)
  }

  listen(_backlog: number): number {
    return -ENOTSUP
  }

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
  abstract read(buffer: Uint8Array, status: number): number
  abstract receive(buffer: Uint8Array, flags: number, address?: Uint8Array): number

  shutdown(how: number): number {
    if (how < 0 || how > SHUT_RDWR) return -EINVAL
    // SHUT_RD, SHUT_WR and SHUT_RDWR, counted from 1, are the bits.
    this.end(how + 1)
    return 0
  }

  abstract bytesWaiting(): number
  abstract get readiness(): number
  abstract describe(): string
  abstract takeError(): number

  option(level: number, name: number): number {
    return optionOf(this, level, name)
  }

  setOption(level: number, name: number, value: number): number {
    return setOptionOf(this, level, name, value)
  }

  kept(name: number): number {
    return this.#kept.get(name)!
  }

  keep(name: number, value: number): void {
    this.#kept = new Map(this.#kept).set(name, value)
  }

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
