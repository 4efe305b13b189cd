import { HandleError } from '@ht/core'
import { AF_INET, AF_INET6, IPPROTO_TCP, SOCK_STREAM, type SocketFamily } from '@ht/core/socket'
import { EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT } from './errno.js'
import { tcpKind } from './tcp-kind.js'
import { TcpSocket } from './tcp-socket.js'
import type { Allow } from './permission.js'

/** What TCP sockets may do. */
export interface TcpOptions {
  /**
   * Asked before a socket connects or listens; anything but `true` answers EACCES. It is shown addresses in one
   * form each: `127.0.0.1:80`, `[::1]:80`, IPv4 addresses that are written as IPv6 as IPv4, `127.0.0.1` for a
   * connection to `0.0.0.0`, and names in lower case. Of a host name it is asked first about the name
   * (`example.org:80`), before that is looked up, and then about each address that it has; only those that it allows
   * are connected to. What it throws refuses. A socket that it uses itself meanwhile comes to nothing: EINVAL, EBADF.
   */
  readonly allow?: Allow
}

/**
 * TCP over IPv4 and IPv6, by `node:net`: AF_INET and AF_INET6, SOCK_STREAM (tcp(7)).
 *
 * @throws EINVAL for options of the wrong shape
 */
export function createTcpSockets(options: TcpOptions = {}): SocketFamily {
  const allow = (options as TcpOptions | null)?.allow
  if ((options as unknown) === null || typeof options !== 'object') throw wrong('options must be an object')
  if (allow !== undefined && typeof allow !== 'function') throw wrong('options.allow must be a function')
  return {
    domains: [AF_INET, AF_INET6],
    open(domain, type, protocol) {
      if (domain !== AF_INET && domain !== AF_INET6) return -EAFNOSUPPORT
      if (type !== SOCK_STREAM) return -ESOCKTNOSUPPORT
      if (protocol !== 0 && protocol !== IPPROTO_TCP) return -EPROTONOSUPPORT
      return tcpKind.open(new TcpSocket(domain === AF_INET ? 4 : 6, allow))
    },
  }
}

function wrong(text: string): HandleError {
  return new HandleError('EINVAL', { text, syscall: 'createTcpSockets' })
}
