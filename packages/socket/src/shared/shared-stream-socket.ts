import { free, ownership, pageNumber, pause, SharedInode, type SharedMemory } from '@ht/core/shared'
import { MSG_PEEK, SHUT_RDWR, SOCK_STREAM } from '@ht/core/socket'
import { EADDRINUSE, EBADF, ECONNREFUSED, EINVAL, EISCONN } from '../local/errno.js'
import { isName, writeName } from '../local/names.js'
import { SOCKET_MODE } from '../mode.js'
import { KEPT, optionOf, setOptionOf, type Optioned } from '../local/options.js'
import {
  CONNECTED,
  DETACHED,
  GONE,
  INODES,
  LAST,
  NAMES,
  NAMING,
  OPTIONS,
  SIDE_SHIFT,
  SOCKET_PAGE,
  SOCKET_SIDE,
  SOCKET_STAGE,
  STATE,
} from './layout.js'
import { SharedSide } from './shared-side.js'
import type { SharedWaitQueue } from '@ht/core/shared'
import type { LocalEndpoint } from '../local/endpoint.js'

/** One of two stream sockets that are connected in shared memory, as one thread sees it. */
export class SharedStreamSocket implements LocalEndpoint, Optioned {
  readonly type = SOCK_STREAM
  readonly listens = false
  readonly changes: SharedWaitQueue
  /** The address of its own words. */
  readonly at: number
  readonly inode: SharedInode
  readonly #memory: SharedMemory
  readonly #page: number
  readonly #number: 0 | 1
  readonly #side: SharedSide

  constructor(memory: SharedMemory, at: number) {
    this.at = at
    this.#memory = memory
    this.#page = memory.words[at + SOCKET_PAGE]!
    this.#number = memory.words[at + SOCKET_SIDE] as 0 | 1
    this.#side = new SharedSide(memory, this.#page, this.#number)
    this.changes = this.#side.changes
    this.inode = new SharedInode(memory, this.#page + INODES[this.#number], SOCKET_MODE)
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

  /**
   * Takes the socket off the connection, and frees the pages after the last one. Run again when its thread has died half
   * way: how far it came stands in the socket's own words, which are the record's and live as long as it.
   */
  release(): void {
    const { at } = this
    const memory = this.#memory
    const { words } = memory
    const page = this.#page
    if (words[at + SOCKET_STAGE] === CONNECTED) {
      // A thread without this kind tells nobody of holders that go.
      this.close()
      const before = Atomics.or(words, page + STATE, GONE << (this.#number * SIDE_SHIFT))
      words[at + SOCKET_STAGE] = (before & (GONE << (this.#peer * SIDE_SHIFT))) === 0 ? DETACHED : LAST
      PAUSE: pause('socket: taken off')
    }
    if (words[at + SOCKET_STAGE] === LAST) {
      const mine = this.#side.incoming.data
      const peers = this.#side.outgoing.data
      const runs = [page, mine, peers].filter((run) => run !== 0)
      const [first, second, third] = runs.map((run) => ownership(memory, run))
      if (first !== undefined) words[first.word] = first.mine
      if (second !== undefined) words[second.word] = second.mine
      if (third !== undefined) words[third.word] = third.mine
      words[at + SOCKET_STAGE] = DETACHED
      PAUSE: pause('socket: pages to be freed')
      // From here on this thread answers for the pages, and its death frees them.
      for (const run of runs) {
        free(memory, run)
        PAUSE: pause('socket: run freed')
      }
    }
  }

  /** The name that the other socket has taken; a name is free again when its socket is gone. */
  get #peersName(): string {
    return this.#side.isPeerClosed ? '' : this.peerAddress()
  }

  get #peer(): 0 | 1 {
    return this.#number === 0 ? 1 : 0
  }

  #idOf(number: 0 | 1): number {
    return pageNumber(this.#memory, this.#page) * 2 + number + 1
  }

  #optionAt(name: number): number {
    return this.#page + OPTIONS[this.#number] + [...KEPT.keys()].indexOf(name)
  }

  #nameOf(number: 0 | 1): string {
    const at = this.#page + NAMES[number]
    const length = Atomics.load(this.#memory.words, at)
    // Decoders refuse views of shared memory.
    return length <= 0 ? '' : new TextDecoder().decode(this.#memory.bytes.slice((at + 1) * 4, (at + 1) * 4 + length))
  }

  /** Gives it a name, unless another thread has just done so. */
  #name(name: string): number {
    const { words, bytes } = this.#memory
    const at = this.#page + NAMES[this.#number]
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
