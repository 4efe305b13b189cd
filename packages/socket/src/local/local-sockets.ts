import { HandleError, NONBLOCK, type KernelObject } from '@ht/core'
import { AF_UNIX, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM, type SocketFamily } from '@ht/core/socket'
import { DatagramSocket } from './datagram-socket.js'
import { EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT } from './errno.js'
import { openSocket } from './local-socket-kind.js'
import { Names } from './names.js'
import { StreamSocket } from './stream-socket.js'
import type { LocalSocket } from './local-socket.js'

/** How a pair of sockets is made. */
export interface SocketPairOptions {
  /** What it carries: bytes in a row, or datagrams. Defaults to a stream. */
  readonly type?: 'stream' | 'datagram' | typeof SOCK_STREAM | typeof SOCK_DGRAM
  /** Whether both are non-blocking (socket(2), SOCK_NONBLOCK): calls that would wait answer EAGAIN. */
  readonly nonBlocking?: boolean
}

/** Two sockets. Both references are the caller's. */
export type SocketPair = [KernelObject<'ht:socket'>, KernelObject<'ht:socket'>]

const TYPES = new Map<unknown, number>([
  ['stream', SOCK_STREAM],
  ['datagram', SOCK_DGRAM],
  [SOCK_STREAM, SOCK_STREAM],
  [SOCK_DGRAM, SOCK_DGRAM],
])

/**
 * Makes two local sockets that are connected to each other (socketpair(2)): what is sent at one is received at the
 * other, in both directions.
 *
 * @throws EINVAL for another type
 */
export function socketPair(options: SocketPairOptions = {}): SocketPair {
  if (typeof options !== 'object' || (options as unknown) === null) throw invalid('options must be an object', options)
  const { type = 'stream', nonBlocking = false } = options
  const number = TYPES.get(type)
  if (number === undefined) throw invalid("type must be 'stream', 'datagram', SOCK_STREAM or SOCK_DGRAM", type)
  return new LocalNames().pair(number, nonBlocking ? NONBLOCK : 0)
}

/**
 * A family of local sockets (unix(7)) with names of its own: those of another family are never found. A name is a
 * text of up to 107 bytes in UTF-8, no file, and gone with its socket.
 */
export function createLocalSockets(): SocketFamily {
  const names = new LocalNames()
  const refusal = (domain: number, type: number, protocol: number) => {
    if (domain !== AF_UNIX) return -EAFNOSUPPORT
    if (protocol !== 0 && protocol !== AF_UNIX) return -EPROTONOSUPPORT
    return type === SOCK_STREAM || type === SOCK_DGRAM || type === SOCK_RAW ? 0 : -ESOCKTNOSUPPORT
  }
  return {
    domains: [AF_UNIX],
    open: (domain, type, protocol) => refusal(domain, type, protocol) || openSocket(names.socket(type)),
    pair: (domain, type, protocol) => refusal(domain, type, protocol) || names.pair(type, 0),
  }
}

/** Where local sockets find each other. */
class LocalNames {
  readonly #streams = new Names<StreamSocket>()
  readonly #datagrams = new Names<DatagramSocket>()

  socket(type: number): LocalSocket {
    return type === SOCK_STREAM ? new StreamSocket(this.#streams) : new DatagramSocket(this.#datagrams)
  }

  pair(type: number, status: number): SocketPair {
    const a = this.socket(type)
    const b = this.socket(type)
    a.join(b)
    return [openSocket(a, status), openSocket(b, status)]
  }
}

function invalid(wanted: string, got: unknown): HandleError {
  return new HandleError('EINVAL', { text: `${wanted}, got ${String(got)}`, syscall: 'socketPair' })
}
