import {
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  SO_KEEPALIVE,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_SNDBUF,
  SOL_SOCKET,
  TCP_KEEPIDLE,
  TCP_NODELAY,
} from '@ht/core/socket'
import { EINVAL, ENOPROTOOPT } from './errno.js'
import type { Socket } from 'node:net'

/** The options of a socket that can be set (socket(7), tcp(7), ipv6(7)). What a listener accepts begins with its own. */
export class Settings {
  readonly family: 4 | 6
  /** Kept and told; Node asks the host for it in any case. */
  reuseAddress = false
  keepAlive = false
  /** Seconds of silence before the first probe. */
  keepIdle = 7200
  noDelay = false
  v6Only = false
  /** How many bytes are held at most that were sent, and received. */
  sendBuffer = 262_144
  receiveBuffer = 131_072

  constructor(family: 4 | 6) {
    this.family = family
  }

  copy(): Settings {
    return Object.assign(new Settings(this.family), this)
  }

  /** The value of an option; −ENOPROTOOPT for one that is not here. */
  get(level: number, name: number): number {
    if (level === SOL_SOCKET && name === SO_KEEPALIVE) return Number(this.keepAlive)
    if (level === SOL_SOCKET && name === SO_REUSEADDR) return Number(this.reuseAddress)
    if (level === SOL_SOCKET && name === SO_SNDBUF) return this.sendBuffer
    if (level === SOL_SOCKET && name === SO_RCVBUF) return this.receiveBuffer
    if (level === IPPROTO_TCP && name === TCP_NODELAY) return Number(this.noDelay)
    if (level === IPPROTO_TCP && name === TCP_KEEPIDLE) return this.keepIdle
    if (level === IPPROTO_IPV6 && name === IPV6_V6ONLY && this.family === 6) return Number(this.v6Only)
    return -ENOPROTOOPT
  }

  /** Sets an option; `bound`: the socket has an address, and some can no longer be set. */
  set(level: number, name: number, value: number, bound: boolean): number {
    if (this.get(level, name) < 0) return -ENOPROTOOPT
    if (level === IPPROTO_IPV6) {
      if (bound) return -EINVAL
      this.v6Only = value !== 0
    } else if (level === IPPROTO_TCP && name === TCP_NODELAY) {
      this.noDelay = value !== 0
    } else if (level === IPPROTO_TCP) {
      if (value < 1 || value > LONGEST_IDLE) return -EINVAL
      this.keepIdle = value
    } else if (name === SO_REUSEADDR) {
      this.reuseAddress = value !== 0
    } else if (name === SO_KEEPALIVE) {
      this.keepAlive = value !== 0
    } else if (name === SO_SNDBUF) {
      this.sendBuffer = bufferSize(value, SMALLEST_SEND)
    } else {
      this.receiveBuffer = bufferSize(value, SMALLEST_RECEIVE)
    }
    return 0
  }

  /** Tells the host's socket. */
  applyTo(socket: Socket): void {
    socket.setNoDelay(this.noDelay)
    socket.setKeepAlive(this.keepAlive, this.keepIdle * 1000)
  }
}

/** Linux's limits (tcp(7)), and its default for the largest buffer that may be asked for (socket(7), wmem_max). */
const LONGEST_IDLE = 32_767
const SMALLEST_SEND = 4608
const SMALLEST_RECEIVE = 2304
const LARGEST_ASKED = 212_992

/** Twice what is asked for, within the limits; a negative number is a large one (socket(7)). */
function bufferSize(asked: number, smallest: number): number {
  const value = asked < 0 ? LARGEST_ASKED : Math.min(asked, LARGEST_ASKED)
  return Math.max(smallest, 2 * value)
}
