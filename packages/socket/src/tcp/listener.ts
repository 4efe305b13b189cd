import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { EAGAIN, errnoOfFailure } from './errno.js'
import type { Address } from './address.js'

/** A listening socket of the host's, and the connections that nobody has accepted yet. */
export class Listener {
  /** Where it listens; while the host has not answered, where it will. */
  address: Address
  /** Why the host does not listen. */
  failure = 0
  /** Whether it does. */
  ready = false
  readonly #server: Server
  readonly #changed: () => void
  #backlog: number
  #waiting: Socket[] = []
  /** Why a connection could not be taken (EMFILE), until somebody was told. */
  #error = 0
  #closed = false

  /** Has the host listen. `changed` is called when it has answered, and at each connection. */
  constructor(address: Address, backlog: number, ipv6Only: boolean, changed: () => void) {
    this.address = address
    this.#backlog = backlog
    this.#changed = changed
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true })
    this.#server.on('listening', this.#begin)
    this.#server.on('error', this.#fail)
    this.#server.on('connection', this.#arrive)
    const { host, port } = address
    // Node takes 0 for no backlog at all.
    this.#server.listen({ host, port, ipv6Only, backlog: Math.max(backlog, 1), exclusive: true })
  }

  /** How many connections may wait, of those that come from now on; one more may, as on Linux. */
  set backlog(count: number) {
    this.#backlog = count
  }

  /** Whether an accept would not have to wait. */
  get acceptable(): boolean {
    return this.#waiting.length > 0 || this.#error !== 0
  }

  /** The oldest connection that waits. */
  accept(): Socket | number {
    const socket = this.#waiting.shift()
    if (socket !== undefined) return socket
    const error = this.#error
    this.#error = 0
    return -(error || EAGAIN)
  }

  /** Listens no more; connections that nobody accepted are reset. */
  close(): void {
    this.#closed = true
    if (this.ready) this.#server.close()
    for (const socket of this.#waiting.splice(0)) refuse(socket)
  }

  readonly #begin = () => {
    // It was closed before the host had begun.
    if (this.#closed) {
      this.#server.close()
      return
    }
    this.ready = true
    this.address = { ...this.address, port: (this.#server.address() as AddressInfo).port }
    this.#changed()
  }

  readonly #fail = (error: unknown) => {
    if (this.ready) this.#error = errnoOfFailure(error)
    else this.failure = errnoOfFailure(error)
    if (!this.#closed) this.#changed()
  }

  readonly #arrive = (socket: Socket) => {
    // Until it is accepted, its errors concern no task.
    socket.on('error', () => undefined)
    // The acceptor has a turn after each connection that the host hands over, also when many came at once.
    if (this.#closed || this.#waiting.length > this.#backlog) {
      refuse(socket)
      return
    }
    this.#waiting.push(socket)
    this.#changed()
  }
}

/** Resets a connection that nobody took (tcp(7), tcp_abort_on_overflow). */
function refuse(socket: Socket): void {
  socket.resetAndDestroy()
}
