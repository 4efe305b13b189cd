import { O_ACCMODE, O_APPEND, O_CLOEXEC, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_SYNC, O_TRUNC } from '@ht/core'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_SNDBUF,
  SO_TYPE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_KEEPIDLE,
  TCP_NODELAY,
} from '@ht/core/socket'

import {
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_GETPIPE_SZ,
  F_SETFD,
  F_SETFL,
  F_SETPIPE_SZ,
  FD_CLOEXEC,
} from '../calls/fcntl.js'

/* Numbers among the arguments of calls that are shown by name, or in octal. */

type Names = Readonly<Record<string, number>>
/** Shows a number, of a call with these arguments. */
type Show = (value: number, args: readonly unknown[]) => string

const OPEN_MODES: Names = { O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2 }
const OPEN_FLAGS: Names = {
  O_CREAT,
  O_EXCL,
  O_TRUNC,
  O_APPEND,
  O_NONBLOCK,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_CLOEXEC,
  O_SYNC,
}
const COMMANDS: Names = { F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, F_SETPIPE_SZ, F_GETPIPE_SZ }
const DOMAINS: Names = { AF_UNIX, AF_INET, AF_INET6 }
const TYPES: Names = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW }
const TYPE_FLAGS: Names = { SOCK_CLOEXEC, SOCK_NONBLOCK }
const ENDS: Names = { SHUT_RD, SHUT_WR, SHUT_RDWR }
const MESSAGE_FLAGS: Names = { MSG_PEEK, MSG_TRUNC, MSG_DONTWAIT, MSG_WAITALL, MSG_NOSIGNAL }
const LEVELS: Names = { SOL_SOCKET, IPPROTO_TCP, IPPROTO_IPV6 }
const OPTIONS: Readonly<Record<number, Names>> = {
  [SOL_SOCKET]: {
    SO_REUSEADDR,
    SO_TYPE,
    SO_ERROR,
    SO_SNDBUF,
    SO_RCVBUF,
    SO_KEEPALIVE,
    SO_ACCEPTCONN,
    SO_PROTOCOL,
    SO_DOMAIN,
  },
  [IPPROTO_TCP]: { TCP_NODELAY, TCP_KEEPIDLE },
  [IPPROTO_IPV6]: { IPV6_V6ONLY },
}

const mode: Show = (value) => `0${value.toString(8)}`
const openFlags: Show = (value) => withFlags(nameOf(value & O_ACCMODE, OPEN_MODES), value & ~O_ACCMODE, OPEN_FLAGS)
const newFlags: Show = (value) => flags(value, OPEN_FLAGS)
const command: Show = (value) => nameOf(value, COMMANDS)
/** What the argument of fcntl is, its command says. */
const commandArgument: Show = (value, args) => {
  if (args[1] === F_SETFD) return flags(value, { FD_CLOEXEC })
  return args[1] === F_SETFL ? openFlags(value, args) : String(value)
}
const domain: Show = (value) => nameOf(value, DOMAINS)
const type: Show = (value) => withFlags(nameOf(value & 0xf, TYPES), value & ~0xf, TYPE_FLAGS)
const acceptFlags: Show = (value) => flags(value, TYPE_FLAGS)
const messageFlags: Show = (value) => flags(value, MESSAGE_FLAGS)
const ends: Show = (value) => nameOf(value, ENDS)
const level: Show = (value) => nameOf(value, LEVELS)
const option: Show = (value, args) => nameOf(value, OPTIONS[args[1] as number] ?? {})

/** Of each call, the arguments that are shown so, by their places. */
const SHOWN: Readonly<Record<string, Readonly<Record<number, Show>>>> = {
  open: { 1: openFlags, 2: mode },
  openat: { 2: openFlags, 3: mode },
  mkdir: { 1: mode },
  mkdirat: { 2: mode },
  chmod: { 1: mode },
  fchmod: { 1: mode },
  fchmodat: { 2: mode },
  umask: { 0: mode },
  pipe2: { 0: newFlags },
  dup3: { 2: newFlags },
  fcntl: { 1: command, 2: commandArgument },
  socket: { 0: domain, 1: type },
  socketpair: { 0: domain, 1: type },
  accept4: { 1: acceptFlags },
  shutdown: { 1: ends },
  send: { 2: messageFlags },
  sendto: { 2: messageFlags },
  recv: { 2: messageFlags },
  recvfrom: { 2: messageFlags },
  getsockopt: { 1: level, 2: option },
  setsockopt: { 1: level, 2: option },
}

/** A number that is an argument of a call at this place. */
export function showNumber(call: string, args: readonly unknown[], place: number): string {
  const value = args[place] as number
  return SHOWN[call]?.[place]?.(value, args) ?? String(value)
}

function nameOf(value: number, names: Names): string {
  return Object.keys(names).find((name) => names[name] === value) ?? String(value)
}

/** Bits by their names; what has none is last. */
function flags(bits: number, names: Names): string {
  const shown: string[] = []
  for (const [name, flag] of Object.entries(names)) {
    if ((bits & flag) !== flag) continue
    shown.push(name)
    bits &= ~flag
  }
  if (bits !== 0) shown.push(`0x${(bits >>> 0).toString(16)}`)
  return shown.join('|') || '0'
}

function withFlags(first: string, bits: number, names: Names): string {
  return bits === 0 ? first : `${first}|${flags(bits, names)}`
}
