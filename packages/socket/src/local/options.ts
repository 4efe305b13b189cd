import {
  AF_UNIX,
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
import { ENOPROTOOPT, ENOTSUP } from './errno.js'

/** How many bytes may be under way from one socket by default (Linux: `/proc/sys/net/core/wmem_default`). */
export const DEFAULT_BUFFER = 212_992
/** The most that can be asked for; twice of it is given, as everywhere (Linux: `/proc/sys/net/core/wmem_max`). */
const MAX_BUFFER = 4_194_304
const MIN_SEND_BUFFER = 4608
const MIN_RECEIVE_BUFFER = 2304

/** Options that are kept and told, and have no effect, as on Linux (unix(7)), and what they are at first. */
export const KEPT: ReadonlyMap<number, number> = new Map([
  [SO_REUSEADDR, 0],
  [SO_RCVBUF, DEFAULT_BUFFER],
  [SO_KEEPALIVE, 0],
])

/** What the options of a local socket are read from and written to. */
export interface Optioned {
  readonly type: number
  readonly listens: boolean
  /** How many bytes may be under way from here. */
  sendBuffer: number
  /** The error that waits to be told, which it is by this; 0 for none. */
  takeError(): number
  /** An option of {@link KEPT}. */
  kept(name: number): number
  keep(name: number, value: number): void
}

/** The value of an option, or −errno (getsockopt(2)). */
export function optionOf(socket: Optioned, level: number, name: number): number {
  if (level !== SOL_SOCKET) return -ENOTSUP
  switch (name) {
    case SO_TYPE:
      return socket.type
    case SO_ERROR:
      return socket.takeError()
    case SO_ACCEPTCONN:
      return socket.listens ? 1 : 0
    case SO_DOMAIN:
      return AF_UNIX
    case SO_PROTOCOL:
      return 0
    case SO_SNDBUF:
      return socket.sendBuffer
    default:
      return KEPT.has(name) ? socket.kept(name) : -ENOPROTOOPT
  }
}

/** Sets an option: 0 or −errno (setsockopt(2)). */
export function setOptionOf(socket: Optioned, level: number, name: number, value: number): number {
  if (level !== SOL_SOCKET) return -ENOTSUP
  if (name === SO_SNDBUF) socket.sendBuffer = doubled(value, MIN_SEND_BUFFER)
  else if (!KEPT.has(name)) return -ENOPROTOOPT
  else socket.keep(name, name === SO_RCVBUF ? doubled(value, MIN_RECEIVE_BUFFER) : Number(value !== 0))
  return 0
}

/** What an asked-for buffer comes to (socket(7)): a negative number is a very large one. */
function doubled(value: number, least: number): number {
  return Math.max(2 * Math.min(value < 0 ? MAX_BUFFER : value, MAX_BUFFER), least)
}
