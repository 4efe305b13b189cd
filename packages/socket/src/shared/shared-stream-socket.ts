import { pause, SharedInode, type CommonsEnd, type SharedMemory, type SharedWaitQueue } from '@ht/core/shared'
import { MSG_PEEK, SHUT_RDWR, SOCK_STREAM } from '@ht/core/socket'
import { EADDRINUSE, EBADF, ECONNREFUSED, EINVAL, EISCONN } from '../local/errno.js'
import { isName, writeName } from '../local/names.js'
import { SOCKET_MODE } from '../mode.js'
import { KEPT, optionOf, setOptionOf, type Optioned } from '../local/options.js'
import { INODES, NAMES, NAMING, OPTIONS } from './layout.js'
import { SharedSide } from './shared-side.js'
import type { LocalEndpoint } from '../local/endpoint.js'

/** One of two stream sockets that are connected in shared memory, as one thread sees it. */
export class SharedStreamSocket implements LocalEndpoint, Optioned {
  readonly type = SOCK_STREAM
  readonly listens = false
  readonly changes: SharedWaitQueue
  readonly inode: SharedInode
  readonly #memory: SharedMemory
  readonly #end: CommonsEnd
  /** The address of the connection's words. */
  readonly #at: number
  readonly #number: 0 | 1
  readonly #side: SharedSide

  constructor(memory: SharedMemory, end: CommonsEnd) {
    this.#memory = memory
    this.#end = end
    this.#at = end.commons.at
    this.#number = end.number as 0 | 1
    this.#side = new SharedSide(memory, this.#at, this.#number)
    this.changes = this.#side.changes
    this.inode = new SharedInode(memory, this.#at + INODES[this.#number], SOCKET_MODE)
  }

  /** The number of its connection's page, doubled, or one more: no other socket of the memory has it meanwhile. */
  get id(): number {
    return this.#idOf(this.#number)
  }

  get address(): string {
    return this.#nameOf(this.#number)
  }

  get readiness(): number {
    return this.#side.readiness
  }

  get sendBuffer(): number {
    return this.#side.outgoing.limit
  }

  set sendBuffer(bytes: number) {
    this.#side.outgoing.limit = bytes
    this.changes.wake()
  }

  bind(address: string): number {
    if (this.#side.isClosed) return -EBADF
    if (address === '') return this.address === '' ? this.#nameItself() : 0
    if (this.address !== '' || !isName(address)) return -EINVAL
    return address === this.#peersName ? -EADDRINUSE : this.#name(address)
  }

  listen(_backlog: number): number {
    return this.#side.isClosed ? -EBADF : -EINVAL
  }

  accept(_mayWait: boolean): number {
    return -EINVAL
  }

  /** Nobody listens where these two have their names. */
  connect(address: string): number {
    if (this.#side.isClosed) return -EBADF
    return isName(address) ? -ECONNREFUSED : -EINVAL
  }

  peerAddress(): string {
    return this.#nameOf(this.#peer)
  }

  send(bytes: Uint8Array, address?: string): number {
    return address === undefined ? this.#side.send(bytes) : -EISCONN
  }

  read(buffer: Uint8Array): number {
    return buffer.length === 0 ? 0 : this.#side.receive(buffer)
  }

  receive(buffer: Uint8Array, flags: number, address?: Uint8Array): number {
    const side = this.#side
    const count = (flags & MSG_PEEK) === 0 ? side.receive(buffer) : side.peek(buffer)
    if (address !== undefined && count >= 0) {
      // The end of file comes from nobody.
      const isEnd = count === 0 && (buffer.length > 0 || this.bytesWaiting() === 0)
      writeName(isEnd ? '' : this.peerAddress(), address)
    }
    return count
  }

  shutdown(how: number): number {
    if (how < 0 || how > SHUT_RDWR) return -EINVAL
    // SHUT_RD, SHUT_WR and SHUT_RDWR, counted from 1, are the bits.
    this.#side.shutdown(how + 1)
    return 0
  }

  bytesWaiting(): number {
    return this.#side.incoming.stored
  }

  option(level: number, name: number): number {
    return optionOf(this, level, name)
  }

  setOption(level: number, name: number, value: number): number {
    return setOptionOf(this, level, name, value)
  }

  takeError(): number {
    return this.#side.takeError()
  }

  kept(name: number): number {
    return Atomics.load(this.#memory.words, this.#optionAt(name))
  }

  keep(name: number, value: number): void {
    Atomics.store(this.#memory.words, this.#optionAt(name), value)
  }

  close(): void {
    this.#side.close()
  }

  describe(): string {
    return `connected to socket ${String(this.#idOf(this.#peer))}, ${String(this.bytesWaiting())} bytes waiting`
  }

  release(): void {
    // A thread without this kind tells nobody of holders that go.
    this.#end.release(() => {
      this.close()
    })
  }

  /** The name that the other socket has taken; a name is free again when its socket is gone. */
  get #peersName(): string {
    return this.#side.isPeerClosed ? '' : this.peerAddress()
  }

  get #peer(): 0 | 1 {
    return this.#number === 0 ? 1 : 0
  }

  #idOf(number: 0 | 1): number {
    return this.#end.commons.id * 2 - 1 + number
  }

  #optionAt(name: number): number {
    return this.#at + OPTIONS[this.#number] + [...KEPT.keys()].indexOf(name)
  }

  #nameOf(number: 0 | 1): string {
    const at = this.#at + NAMES[number]
    const length = Atomics.load(this.#memory.words, at)
    // Decoders refuse views of shared memory.
    return length <= 0 ? '' : new TextDecoder().decode(this.#memory.bytes.slice((at + 1) * 4, (at + 1) * 4 + length))
  }

  /** Gives it a name, unless another thread has just done so. */
  #name(name: string): number {
    const { words, bytes } = this.#memory
    const at = this.#at + NAMES[this.#number]
    if (Atomics.compareExchange(words, at, 0, NAMING) !== 0) return -EINVAL
    const encoded = new TextEncoder().encode(name)
    bytes.set(encoded, (at + 1) * 4)
    PAUSE: pause('socket: name written')
    Atomics.store(words, at, encoded.length)
    return 0
  }

  /** A name that is made for it: five hexadecimal digits (unix(7), autobind). */
  #nameItself(): number {
    const names = ['00001', '00002'].filter((name) => name !== this.#peersName)
    return this.#name(names[0]!)
  }
}
