import {
  ControlOps,
  defineKind,
  errnoOf,
  ERR,
  FIONREAD,
  HUP,
  implement,
  IN,
  OUT,
  RDHUP,
  StreamOps,
  WaitQueue,
  type ErrorCode,
  type Implementation,
  type Kind,
  type KindDefinition,
  type OpenObject,
} from '@ht/core'
import {
  MSG_PEEK,
  MSG_TRUNC,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_ERROR,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_SNDBUF,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SocketOps,
  SOL_SOCKET,
  type SocketMethods,
} from '@ht/core/socket'
import type { ControlMethods, KernelObject, StreamMethods } from '@ht/core'
import type { KindDescription } from '../../src/conformance/index.js'

/** A socket. What came to it is a list of datagrams, or of single bytes. */
export interface Sock {
  type: number
  address: string
  peer: Sock | undefined
  queue: { bytes: number[]; from: Sock }[]
  /** Bit 0: it receives no more. Bit 1: it sends no more. */
  shut: number
  error: number
  waiting: Sock[] | undefined
  backlog: number
  options: Map<number, number>
  holders: number
  changes: WaitQueue
}

/** All that makes the kind, in parts that a test can replace. */
export interface SocketParts {
  hooks: Omit<KindDefinition<Sock>, 'name' | 'capabilities'>
  stream: Partial<Implementation<StreamMethods, Sock>>
  socket: Partial<Implementation<SocketMethods, Sock>>
  control: Partial<Implementation<ControlMethods, Sock>>
}

/** How many bytes may be under way, and how long a datagram may be. */
const LARGEST = 8192
const no = (code: ErrorCode) => -errnoOf(code)

/** Who has which address. */
export const bound = new Map<string, Sock>()
/** Who waits for room in a backlog. */
export const refused = new Set<Sock>()
/** What sockets hold outside of core, counted. */
export const outside = { held: 0 }

export function makeSock(type: number): Sock {
  outside.held++
  const rest = { address: '', peer: undefined, queue: [], shut: 0, error: 0, waiting: undefined, backlog: 0 }
  return { ...rest, type, options: new Map(), holders: 1, changes: new WaitQueue() }
}

const socket: Implementation<SocketMethods, Sock> = {
  bind({ state }, address) {
    if (state.address !== '' || address === '') return no('EINVAL')
    if (bound.has(address)) return no('EADDRINUSE')
    bound.set(address, state)
    state.address = address
    return 0
  },
  listen({ state }, backlog) {
    if (state.type === SOCK_DGRAM) return no('ENOTSUP')
    if (state.address === '' || state.peer !== undefined) return no('EINVAL')
    state.waiting ??= []
    state.backlog = backlog
    return 0
  },
  accept({ state, kind }) {
    if (state.type === SOCK_DGRAM) return no('ENOTSUP')
    if (state.waiting === undefined) return no('EINVAL')
    const accepted = state.waiting.shift()
    lookAgain()
    return accepted === undefined ? no('EAGAIN') : kind.open(accepted)
  },
  connect({ state }, address) {
    const to = bound.get(address)
    if (to?.type !== state.type) return no('ECONNREFUSED')
    if (state.type === SOCK_DGRAM) {
      state.peer = to
      return 0
    }
    if (to.waiting === undefined) return no('ECONNREFUSED')
    if (to.waiting.length > to.backlog) {
      refused.add(state)
      return no('EAGAIN')
    }
    if (state.waiting !== undefined) return no('EINVAL')
    if (state.peer !== undefined) return no('EISCONN')
    const accepted = { ...makeSock(SOCK_STREAM), address }
    join(state, accepted)
    to.waiting.push(accepted)
    to.changes.wake()
    return 0
  },
  shutdown({ state }, how) {
    if (how < 0 || how > 2) return no('EINVAL')
    shut(state, how + 1)
    return 0
  },
  localAddress: ({ state }) => state.address,
  peerAddress: ({ state }) => state.peer?.address ?? no('ENOTCONN'),
  send: ({ state }, bytes) => (state.peer === undefined ? no('ENOTCONN') : deliver(state, state.peer, bytes)),
  receive: (it, buffer, flags) => socket.receiveFrom(it, buffer, flags, new Uint8Array(0)),
  sendTo({ state }, bytes, _flags, address) {
    if (state.type === SOCK_STREAM) return no('EISCONN')
    const to = bound.get(address)
    return to === undefined ? no('ECONNREFUSED') : deliver(state, to, bytes)
  },
  receiveFrom({ state }, buffer, flags, address) {
    if (state.type === SOCK_STREAM && state.peer === undefined) return no('EINVAL')
    const [first] = state.queue
    if (first === undefined) {
      if (state.error !== 0) return -takeError(state)
      return (state.shut & 1) === 0 ? no('EAGAIN') : 0
    }
    const some = state.queue.slice(0, state.type === SOCK_STREAM ? buffer.length : 1)
    const bytes = some.flatMap((piece) => piece.bytes)
    buffer.set(bytes.slice(0, buffer.length))
    address.fill(0)
    address.set(new TextEncoder().encode(first.from.address).subarray(0, address.length))
    if ((flags & MSG_PEEK) === 0) {
      state.queue.splice(0, some.length)
      state.peer?.changes.wake()
    }
    return (flags & MSG_TRUNC) === 0 ? Math.min(bytes.length, buffer.length) : bytes.length
  },
  option({ state }, level, name) {
    if (level !== SOL_SOCKET) return no('ENOPROTOOPT')
    if (name === SO_TYPE) return state.type
    if (name === SO_ERROR) return takeError(state)
    if (name === SO_ACCEPTCONN) return state.waiting === undefined ? 0 : 1
    if (name === SO_DOMAIN) return 1
    if (name === SO_PROTOCOL) return 0
    const unset = name === SO_REUSEADDR ? 0 : LARGEST
    return SETTABLE.includes(name) ? (state.options.get(name) ?? unset) : no('ENOPROTOOPT')
  },
  setOption({ state }, level, name, value) {
    if (level !== SOL_SOCKET || !SETTABLE.includes(name)) return no('ENOPROTOOPT')
    state.options.set(name, name === SO_REUSEADDR ? Math.min(1, value) : value)
    return 0
  },
}

const SETTABLE = [SO_SNDBUF, SO_RCVBUF, SO_REUSEADDR]

/** Sockets with nothing clever in them. */
export const goodSocket = {
  hooks: {
    inferMetadata: () => ({ handleType: 'IpcChannel' as const }),
    cloneForDup: ({ state }: OpenObject<Sock>) => {
      state.holders++
    },
    dropHolder: ({ state }: OpenObject<Sock>) => {
      if (--state.holders === 0) close(state)
    },
    ready: { now: ({ state }: OpenObject<Sock>) => bits(state), changes: ({ state }: OpenObject<Sock>) => state.changes },
  },
  stream: {
    read: (it: OpenObject<Sock>, buffer: Uint8Array) => (buffer.length === 0 ? 0 : socket.receive(it, buffer, 0)),
    write: (it: OpenObject<Sock>, bytes: Uint8Array) => socket.send(it, bytes, 0),
  },
  socket,
  control: {
    control({ state }: OpenObject<Sock>, request: number, argument: Uint8Array) {
      if (request !== FIONREAD) return no('ENOTTY')
      if (argument.length < 4) return no('EINVAL')
      const count = state.type === SOCK_STREAM ? state.queue.length : (state.queue[0]?.bytes.length ?? 0)
      argument.set(new Uint8Array(Int32Array.of(count).buffer))
      return 0
    },
  },
}

/** The kind, with some parts replaced. */
export function socketKindWith(broken: Partial<SocketParts> = {}): Kind<Sock> {
  return defineKind<Sock>({
    name: 'acme-socket',
    capabilities: [
      implement(StreamOps, { ...goodSocket.stream, ...broken.stream }),
      implement(SocketOps, { ...goodSocket.socket, ...broken.socket }),
      implement(ControlOps, { ...goodSocket.control, ...broken.control }),
    ],
    ...goodSocket.hooks,
    ...broken.hooks,
  })
}

/** What the suite is told of it. */
export function describeSocket(kind: Kind<Sock>, type: 'stream' | 'datagram' = 'stream'): KindDescription {
  const number = type === 'stream' ? SOCK_STREAM : SOCK_DGRAM
  return {
    kind,
    pair() {
      const [near, far] = [makeSock(number), makeSock(number)]
      join(near, far)
      return { reader: kind.open(far), writer: kind.open(near) }
    },
    sockets: { type, open: (): KernelObject => kind.open(makeSock(number)), address: () => `name ${String(++lastName)}` },
    held: () => outside.held,
    patienceMs: 20,
  }
}

let lastName = 0

export function join(a: Sock, b: Sock): void {
  a.peer = b
  b.peer = a
}

/** Ends sending, receiving or both, and the counterpart at the other side of a connection. */
export function shut(state: Sock, how: number): void {
  state.shut |= how
  state.changes.wake()
  if (state.peer === undefined || state.type === SOCK_DGRAM) return
  state.peer.shut |= ((how & 1) << 1) | (how >> 1)
  state.peer.changes.wake()
}

function close(state: Sock): void {
  outside.held--
  if (bound.get(state.address) === state) bound.delete(state.address)
  for (const accepted of state.waiting ?? []) {
    if (accepted.peer !== undefined) accepted.peer.error = errnoOf('ECONNRESET')
    close(accepted)
  }
  state.waiting = undefined
  if (state.type === SOCK_STREAM && state.queue.length > 0 && state.peer !== undefined) {
    state.peer.error = errnoOf('ECONNRESET')
  }
  state.queue = []
  state.holders = 0
  shut(state, 3)
  lookAgain()
}

/** Wakes those who found no room in a backlog. */
function lookAgain(): void {
  for (const state of [...refused]) {
    refused.delete(state)
    state.changes.wake()
  }
}

function deliver(from: Sock, to: Sock, bytes: Uint8Array): number {
  if ((from.shut & 2) !== 0) return no('EPIPE')
  if (from.type === SOCK_STREAM) {
    const taken = bytes.subarray(0, LARGEST - to.queue.length)
    if (bytes.length > 0 && taken.length === 0) return no('EAGAIN')
    for (const byte of taken) to.queue.push({ bytes: [byte], from })
    to.changes.wake()
    return taken.length
  }
  if (bytes.length > (from.options.get(SO_SNDBUF) ?? LARGEST)) return no('EMSGSIZE')
  if (to.peer !== undefined && to.peer !== from) return no('EPERM')
  if (to.holders === 0) {
    from.peer = undefined
    return no('ECONNREFUSED')
  }
  if (to.queue.length >= 64) return no('EAGAIN')
  to.queue.push({ bytes: [...bytes], from })
  to.changes.wake()
  return bytes.length
}

function bits(state: Sock): number {
  const ended = ((state.shut & 1) === 0 ? 0 : IN | RDHUP) | (state.shut === 3 ? HUP : 0)
  const failed = state.error === 0 ? 0 : ERR
  if (state.waiting !== undefined) return state.waiting.length > 0 ? IN : 0
  if (state.type === SOCK_STREAM && state.peer === undefined) return OUT | HUP
  const room = state.type === SOCK_STREAM ? LARGEST : 64
  return ended | failed | (state.queue.length > 0 ? IN : 0) | ((state.peer?.queue.length ?? 0) < room ? OUT : 0)
}

function takeError(state: Sock): number {
  const { error } = state
  state.error = 0
  return error
}
