import { HandleError, type Handle } from '@ht/core'
import { SOCK_CLOEXEC, SOCK_NONBLOCK, type SocketFamily } from '@ht/core/socket'
import { checkFlags, checkInteger, invalid } from '../check.js'
import { ENOTSUP } from '../errno.js'
import { tableOf } from './lookup.js'
import { checkAddress, onSocket } from './on-socket.js'
import { placing, refusal } from './place.js'
import type { TaskHost } from '../task/task.js'
import type { Family } from './forms.js'

/** Making sockets, and what is known of them: their names and options. */
export interface SocketCalls {
  /**
   * Makes a socket (socket(2)). Domain and type are numbers of `@ht/core/socket`: AF_UNIX, SOCK_STREAM, …; SOCK_CLOEXEC
   * and SOCK_NONBLOCK may be or-ed to the type.
   *
   * @throws EINVAL for a type with other flags; EAFNOSUPPORT for a domain of which the kernel was given no sockets;
   *   EINVAL for an unknown type; ESOCKTNOSUPPORT, EPROTONOSUPPORT; EMFILE; EIO when its family throws, or makes none
   */
  socket(domain: number, type: number, protocol?: number): Handle
  /**
   * Makes two sockets that are connected to each other, both or none (socketpair(2)).
   *
   * @throws as {@link socket}, but EMFILE before anything of the domain; EOPNOTSUPP (ENOTSUP) for one without pairs
   */
  socketpair(domain: number, type: number, protocol?: number): [Handle, Handle]
  /**
   * Gives a socket an address of its own (bind(2)). Addresses are texts in the form of their family: a name of local
   * sockets, `127.0.0.1:80` and `[::1]:80` of TCP.
   *
   * @throws EBADF, ENOTSOCK; EINVAL for an invalid address, or a socket that has one; EADDRINUSE, EADDRNOTAVAIL
   */
  bind(handle: Handle, address: string): void
  /** A socket's own address, '' while it has none (getsockname(2)). @throws EBADF, ENOTSOCK */
  getsockname(handle: Handle): string
  /** The address that it is connected to, '' when that has none (getpeername(2)). @throws EBADF, ENOTSOCK, ENOTCONN */
  getpeername(handle: Handle): string
  /**
   * The value of an option, 0 and 1 for no and yes (getsockopt(2)); asking for SO_ERROR clears it.
   *
   * @throws EBADF, ENOTSOCK; ENOPROTOOPT for an option that the socket does not know
   */
  getsockopt(handle: Handle, level: number, name: number): number
  /** Sets an option (setsockopt(2)). @throws as {@link getsockopt}; EINVAL for a value that cannot be */
  setsockopt(handle: Handle, level: number, name: number, value: number): void
}

/** The bits of a type that are no flags, and the last number that is one: SOCK_PACKET. */
const TYPE = 0xf
const LAST_TYPE = 10
/** The number of Linux's domains (AF_MAX), most of which a kernel has no sockets of. */
const DOMAINS = 46

/** Flags of a type, and of accept4. */
export const SOCKET_FLAGS = SOCK_CLOEXEC | SOCK_NONBLOCK

export const socketCalls: Family<SocketCalls> = {
  socket(domain, type, protocol = 0) {
    checkType(domain, type, protocol)
    const table = tableOf(this)
    const socket = familyOf(this.kernel, domain, type).open(domain, type & TYPE, protocol)
    if (typeof socket === 'number') return refusal(socket)
    return placing([socket], type, (metadata) => table.insertAll([socket], metadata)[0]!)
  },

  socketpair(domain, type, protocol = 0) {
    checkType(domain, type, protocol)
    const table = tableOf(this)
    // Here numbers come first: where there are none, the domain does not matter.
    const first = table.reserve()
    try {
      table.reserve().cancel()
    } finally {
      first.cancel()
    }
    const pair = familyOf(this.kernel, domain, type).pair?.(domain, type & TYPE, protocol) ?? -ENOTSUP
    if (typeof pair === 'number') return refusal(pair)
    return placing(pair, type, (metadata) => table.insertAll(pair, metadata) as [Handle, Handle])
  },

  bind: onSocket('bind', checkAddress),
  getsockname: onSocket('localAddress'),
  getpeername: onSocket('peerAddress'),
  getsockopt: onSocket('option', checkOption),
  setsockopt: onSocket('setOption', checkOption),
}

/** The families of a list, and more, by domain. @throws EINVAL for an invalid list, or two for one domain */
export function familiesOf(list: readonly SocketFamily[], more: readonly SocketFamily[] = []): Map<number, SocketFamily> {
  const families = new Map<number, SocketFamily>()
  const adds = (domain: number, family: SocketFamily) =>
    Number.isInteger(domain) && !families.has(domain) && families.set(domain, family)
  if (
    Array.isArray(list) &&
    [...more, ...(list as readonly SocketFamily[])].every((it) => isFamily(it) && it.domains.every((domain) => adds(domain, it)))
  )
    return families
  throw invalid('options.sockets', 'a list of socket families, one for each domain', list)
}

function isFamily(value: unknown): value is SocketFamily {
  const { domains, open, pair = open } = (value ?? {}) as Partial<Record<string, unknown>>
  return Array.isArray(domains) && typeof open === 'function' && typeof pair === 'function'
}

function checkOption(level: number, name: number, value = 0): void {
  checkInteger(level, 'level')
  checkInteger(name, 'name')
  checkInteger(value, 'value')
}

/** @throws EINVAL for what are no numbers, and other flags of a type */
function checkType(domain: number, type: number, protocol: number): void {
  checkInteger(domain, 'domain')
  checkFlags(type, 'type', TYPE | SOCKET_FLAGS)
  checkInteger(protocol, 'protocol')
}

/** The family of a domain. @throws EAFNOSUPPORT for an unknown domain, EINVAL for an unknown type, EAFNOSUPPORT for one without sockets */
function familyOf({ families }: TaskHost, domain: number, type: number): SocketFamily {
  if (domain >= 0 && domain < DOMAINS) checkInteger(type & TYPE, 'type', 0, LAST_TYPE)
  const family = families.get(domain)
  if (family === undefined) {
    throw new HandleError('EAFNOSUPPORT', { text: `createKernel was given no \`sockets\` of domain ${domain}` })
  }
  return family
}
