import { describe, expect, it } from 'vitest'
import { defineKind, errnoOf, HUP, IN, NONBLOCK, WaitQueue, type OpenObject } from '@ht/core'
import { MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, SO_ACCEPTCONN, SO_ERROR, SO_REUSEADDR, SO_SNDBUF, SO_TYPE } from '@ht/core/socket'
import { ConformanceError, testKind, type KindDescription } from '../../src/conformance/index.js'
import { outcomeOf } from './collect.js'
import {
  bound,
  describeSocket,
  goodSocket,
  join,
  makeSock,
  outside,
  refused,
  shut,
  socketKindWith,
  type Sock,
  type SocketParts,
} from './reference-socket.js'

type It = OpenObject<Sock>

const EAGAIN = -errnoOf('EAGAIN')
const ENOTCONN = -errnoOf('ENOTCONN')
const { hooks, socket, stream, control } = goodSocket

const good = (type?: 'stream' | 'datagram') => describeSocket(socketKindWith(), type)
const withParts = (parts: Partial<SocketParts>) => describeSocket(socketKindWith(parts))
const withSocket = (broken: SocketParts['socket']) => withParts({ socket: broken })
const withHooks = (broken: Partial<SocketParts['hooks']>) => withParts({ hooks: broken })
const withBits = (now: (it: It) => number) => withHooks({ ready: { ...hooks.ready, now } })
const datagram = (broken: SocketParts['socket'], parts: Partial<SocketParts> = {}) =>
  describeSocket(socketKindWith({ ...parts, socket: broken }), 'datagram')

/** Wakes nobody while `f` runs: what is there to be told is lost. */
function unheard<T>(states: readonly (Sock | undefined)[], f: () => T): T {
  const queues = states.map((state) => state?.changes)
  for (const state of states) if (state !== undefined) state.changes = new WaitQueue()
  try {
    return f()
  } finally {
    states.forEach((state, i) => {
      if (state !== undefined) state.changes = queues[i]!
    })
  }
}

/** An option that says something else. */
const withOption = (name: number, value: (it: It) => number) => () =>
  withSocket({ option: (it, level, asked) => (asked === name ? value(it) : socket.option(it, level, asked)) })

/** A shutdown that does something else for one of the halves: 0 receiving, 1 sending, 2 both. */
const withShutdown = (which: number, end: (it: It) => number) => () =>
  withSocket({ shutdown: (it, how) => (how === which ? end(it) : socket.shutdown(it, how)) })

/** A connection is forgotten when it is closed: nothing that was in it arrives. */
const forgetful = () =>
  withHooks({
    dropHolder(it) {
      if (it.holders === 0 && it.state.peer !== undefined) it.state.peer.queue = []
      hooks.dropHolder(it)
    },
  })

/** Sockets are closed when their first holder goes. */
const hasty = () =>
  withHooks({
    cloneForDup: () => undefined,
    dropHolder(it) {
      if (it.state.holders > 0) hooks.dropHolder(it)
    },
  })

/** Of each rule of sockets, something that breaks it. */
const broken: Record<string, () => KindDescription> = {
  'options tell what it is': withOption(SO_TYPE, () => 7),
  'options that tell what it is cannot be set: ENOPROTOOPT': () =>
    withSocket({ setOption: (it, level, name, value) => Math.max(0, socket.setOption(it, level, name, value)) }),
  'an option that nobody knows is ENOPROTOOPT': () =>
    withSocket({ option: (it, level, name) => Math.max(0, socket.option(it, level, name)) }),
  'a buffer that is set has at least that size, and is not the other one': withOption(SO_SNDBUF, () => 100),
  'SO_REUSEADDR is kept, as yes or no': withOption(SO_REUSEADDR, () => 0),

  'each direction carries its own bytes, and no socket receives what it sent': () =>
    withSocket({
      send(it, bytes, flags) {
        it.state.queue.push({ bytes: [bytes[0] ?? 0], from: it.state })
        return socket.send(it, bytes, flags)
      },
    }),
  'send and receive are write and read': () =>
    withParts({
      stream: {
        ...stream,
        write: (it, bytes) =>
          stream.write(
            it,
            bytes.map((byte) => byte ^ 1),
          ),
      },
    }),
  'flags that are for who waits change nothing at the socket': () =>
    withSocket({ send: (it, bytes, flags) => ((flags & MSG_DONTWAIT) === 0 ? socket.send(it, bytes, flags) : -22) }),
  'a direction that is full leaves the other one free': () =>
    withSocket({
      send: (it, bytes, flags) => (it.state.queue.length >= 8192 ? EAGAIN : socket.send(it, bytes, flags)),
    }),
  'MSG_PEEK leaves what it gives': () =>
    withSocket({ receive: (it, buffer, flags) => socket.receive(it, buffer, flags & ~MSG_PEEK) }),
  'FIONREAD tells how many bytes can be received': () =>
    withParts({
      control: {
        control(it, request, argument) {
          const answer = control.control(it, request, argument)
          if (answer === 0) argument.fill(0)
          return answer
        },
      },
    }),
  'each side has the address that the other one calls its peer’s': () => withSocket({ peerAddress: () => 'nobody' }),
  'after a shutdown of sending the other side receives what was sent, and then 0, each time': withShutdown(1, (it) => {
    if (it.state.peer !== undefined) it.state.peer.queue = []
    return socket.shutdown(it, 1)
  }),
  'after a shutdown of sending the other way still works': withShutdown(1, (it) => socket.shutdown(it, 2)),
  'after a shutdown of sending a send is EPIPE': withShutdown(1, () => 0),
  'a shutdown of sending is told to the other side as IN and RDHUP, and not as HUP': () =>
    withBits((it) => hooks.ready.now(it) | ((it.state.shut & 1) === 0 ? 0 : HUP)),
  'a shutdown of sending ends a receive under way at the other side, which answers 0': withShutdown(1, (it) =>
    unheard([it.state.peer], () => socket.shutdown(it, 1)),
  ),
  'after a shutdown of receiving, what is there is received, and then 0': withShutdown(0, (it) => {
    it.state.queue = []
    return socket.shutdown(it, 0)
  }),
  'a shutdown of receiving ends a receive under way, which answers 0': withShutdown(0, (it) =>
    unheard([it.state], () => socket.shutdown(it, 0)),
  ),
  'a shutdown of both ends both': withShutdown(2, (it) => socket.shutdown(it, 1)),
  'a shutdown that was done already answers 0': withShutdown(1, (it) =>
    (it.state.shut & 2) === 0 ? socket.shutdown(it, 1) : ENOTCONN,
  ),
  'a shutdown of something else is EINVAL, and changes nothing': withShutdown(3, (it) => {
    shut(it.state, 3)
    return -22
  }),
  'a side that has closed: what it sent is received, then 0': forgetful,
  'a side that has closed is told of by IN and RDHUP, and by OUT and HUP when it cannot receive': () =>
    withBits((it) => hooks.ready.now(it) & ~HUP),
  'a side that closed with bytes unread reset the connection: ECONNRESET, once': () =>
    withSocket({
      receive(it, buffer, flags) {
        const { error } = it.state
        const answer = socket.receive(it, buffer, flags)
        it.state.error = error
        return answer
      },
    }),
  'SO_ERROR tells of a reset, once': withOption(SO_ERROR, (it) => it.state.error),
  'a shutdown is one of the socket, for each of its handles': () =>
    withSocket({ shutdown: (it, how) => (it.holders > 1 ? 0 : socket.shutdown(it, how)) }),
  'a dup keeps its side open in both directions': hasty,

  'a new stream socket has no address and no peer, and says OUT and HUP': () => withBits((it) => hooks.ready.now(it) & ~HUP),
  'a stream socket that is not connected neither sends nor receives': () =>
    withSocket({ send: (it, bytes, flags) => (it.state.peer === undefined ? 0 : socket.send(it, bytes, flags)) }),
  'accept without listen is EINVAL': () =>
    withSocket({ accept: (it) => (it.state.waiting === undefined ? EAGAIN : socket.accept(it)) }),
  'a listener says IN while a connection waits, and accept is EAGAIN while none does': () =>
    withBits((it) => (it.state.waiting === undefined ? hooks.ready.now(it) : IN)),
  'an accept under way ends with the connection that comes': () =>
    withSocket({ connect: (it, address) => unheard([bound.get(address)], () => socket.connect(it, address)) }),
  'what a listener accepts is an open object of its own, blocking': () =>
    withSocket({
      accept(it) {
        const accepted = it.state.waiting?.shift()
        return accepted === undefined ? socket.accept(it) : it.kind.open(accepted, { status: it.status & NONBLOCK })
      },
    }),
  'connections are accepted in the order in which they were made': () =>
    withSocket({
      accept(it) {
        it.state.waiting?.reverse()
        return socket.accept(it)
      },
    }),
  'bytes sent before the accept arrive, also when the sender has gone': forgetful,
  'a connection carries bytes in both directions': () =>
    withSocket({
      accept(it) {
        const accepted = it.state.waiting?.shift()
        if (accepted === undefined) return socket.accept(it)
        const other = makeSock(accepted.type)
        join(other, makeSock(accepted.type))
        return it.kind.open({ ...other, queue: accepted.queue, changes: accepted.changes })
      },
    }),
  'both sides of a connection agree on their addresses': () =>
    withSocket({ localAddress: (it) => (it.state.peer === undefined ? it.state.address : 'elsewhere') }),
  'a connected socket connects no second time: EISCONN': () =>
    withSocket({ connect: (it, address) => (it.state.peer === undefined ? socket.connect(it, address) : 0) }),
  'a connected socket does not listen: EINVAL': () =>
    withSocket({ listen: (it, backlog) => (it.state.peer === undefined ? socket.listen(it, backlog) : 0) }),
  'a listener does not connect': () =>
    withSocket({ connect: (it, address) => (it.state.waiting === undefined ? socket.connect(it, address) : 0) }),
  'a listener can listen again': () =>
    withSocket({ listen: (it, backlog) => (it.state.waiting === undefined ? socket.listen(it, backlog) : -22) }),
  'SO_ACCEPTCONN tells whether it listens': withOption(SO_ACCEPTCONN, () => 0),
  'a socket is bound once: EINVAL': () =>
    withSocket({
      bind(it, address) {
        it.state.address = ''
        return socket.bind(it, address)
      },
    }),
  'an address at which one listens is no other’s: EADDRINUSE': () =>
    withSocket({
      bind(it, address) {
        const answer = socket.bind(it, address)
        if (answer < 0 && it.state.address === '') it.state.address = address
        return it.state.address === address ? 0 : answer
      },
    }),
  'a connect to where nobody listens any more is ECONNREFUSED, and the address is free': () =>
    withSocket({ connect: (it, address) => Math.max(0, socket.connect(it, address)) }),
  'a listener that closes ends the connections that nobody accepted': () =>
    withHooks({
      dropHolder(it) {
        if (it.holders === 0) it.state.waiting = undefined
        hooks.dropHolder(it)
      },
    }),
  'a listener that closes leaves the connections that were accepted': () => {
    const accepted: Sock[] = []
    return withParts({
      socket: {
        accept(it) {
          const [first] = it.state.waiting ?? []
          if (first !== undefined) accepted.push(first)
          return socket.accept(it)
        },
      },
      hooks: {
        dropHolder(it) {
          if (it.state.waiting !== undefined) for (const one of accepted) shut(one, 3)
          hooks.dropHolder(it)
        },
      },
    })
  },
  'a connection that was accepted and given up is closed': () =>
    withHooks({
      dropHolder: (it) => (it.state.address !== '' && it.state.waiting === undefined ? undefined : hooks.dropHolder(it)),
    }),
  'all that was closed, waiting connections too, is given back': () =>
    withHooks({
      dropHolder(it) {
        outside.held += it.state.waiting?.length ?? 0
        hooks.dropHolder(it)
      },
    }),
  'a dup of a listener listens until the last of them is closed': hasty,
  'a connect to a listener with too many waiting is EAGAIN, and succeeds when one was accepted': () =>
    withSocket({ listen: (it) => socket.listen(it, 1000) }),
  'a connect under way ends with ECONNREFUSED when the listener closes': () =>
    withHooks({
      dropHolder(it) {
        unheard([...refused], () => {
          hooks.dropHolder(it)
        })
      },
    }),

  'each receive gives one datagram, in the order of sending': () =>
    datagram({
      send(it, bytes, flags) {
        const answer = socket.send(it, bytes, flags)
        it.state.peer?.queue.reverse()
        return answer
      },
    }),
  'each direction carries its own datagrams, and no socket receives what it sent': () =>
    datagram({ send: (it, bytes) => it.state.queue.push({ bytes: [...bytes], from: it.state }) * 0 + bytes.length }),
  'of a datagram that does not fit the rest is lost': () =>
    datagram({
      receive(it, buffer, flags) {
        const [first] = it.state.queue
        const answer = socket.receive(it, buffer, flags)
        if (first !== undefined && first.bytes.length > buffer.length && (flags & MSG_PEEK) === 0) {
          it.state.queue.unshift({ ...first, bytes: first.bytes.slice(buffer.length) })
        }
        return answer
      },
    }),
  'with MSG_TRUNC the answer is the whole length': () =>
    datagram({ receive: (it, buffer, flags) => socket.receive(it, buffer, flags & ~MSG_TRUNC) }),
  'MSG_PEEK leaves the datagram': () =>
    datagram({ receive: (it, buffer, flags) => socket.receive(it, buffer, flags & ~MSG_PEEK) }),
  'an empty datagram is one': () =>
    datagram({ send: (it, bytes, flags) => (bytes.length === 0 ? 0 : socket.send(it, bytes, flags)) }),
  'a read of no bytes takes no datagram, a receive of none does': () =>
    datagram({ receive: (it, buffer, flags) => (buffer.length === 0 ? 0 : socket.receive(it, buffer, flags)) }),
  'a datagram that is longer than the buffer is EMSGSIZE, and is not sent': () =>
    datagram({
      send(it, bytes, flags) {
        const answer = socket.send(it, bytes, flags)
        return answer === -errnoOf('EMSGSIZE') ? socket.send(it, bytes.subarray(0, 8), flags) * 0 + bytes.length : answer
      },
    }),
  'FIONREAD tells the length of the next datagram': () =>
    datagram(
      {},
      {
        control: {
          control({ state }, _request, argument) {
            const count = state.queue.reduce((sum, { bytes }) => sum + bytes.length, 0)
            argument.set(new Uint8Array(Int32Array.of(count).buffer))
            return 0
          },
        },
      },
    ),
  'datagram sockets neither listen nor accept: EOPNOTSUPP': () => datagram({ listen: () => 0 }),
  'after a shutdown of sending a send is EPIPE, and the other side does not end': () =>
    datagram({
      shutdown(it, how) {
        if (it.state.peer !== undefined) shut(it.state.peer, 1)
        return socket.shutdown(it, how)
      },
    }),
  'a peer that has gone is no end: EAGAIN, and a send is ECONNREFUSED': () =>
    datagram({ send: (it, bytes, flags) => Math.max(0, socket.send(it, bytes, flags)) }),
  'a datagram can be sent to an address, and tells where it came from': () =>
    datagram({ receiveFrom: (it, buffer, flags) => socket.receiveFrom(it, buffer, flags, new Uint8Array(0)) }),
  'of an address that does not fit, receiveFrom gives as much as does': () =>
    datagram({
      receiveFrom(it, buffer, flags, address) {
        const whole = new Uint8Array(128)
        const answer = socket.receiveFrom(it, buffer, flags, whole)
        address.set(address.length < 128 ? new Uint8Array(address.length) : whole)
        return answer
      },
    }),
  'connect says where a send goes, and can say another place': () =>
    datagram({ connect: (it, address) => (it.state.peer === undefined ? socket.connect(it, address) : 0) }),
  'who is connected receives from its peer alone': () =>
    datagram({ sendTo: (it, bytes, flags, address) => Math.max(bytes.length, socket.sendTo(it, bytes, flags, address)) }),
  'a send to where nobody is any more is ECONNREFUSED': () => datagram({ connect: () => 0 }),
}

/** Descriptions of kinds that keep every rule; together they reach all rules of this file. */
const keepers: Record<string, () => KindDescription> = {
  'stream sockets': good,
  'datagram sockets': () => good('datagram'),
  'sockets that say that they are remote': () => {
    const it = good()
    return { ...it, sockets: { type: 'stream', ...it.sockets, remote: true } }
  },
  'a pair alone': () => ({ ...good(), sockets: { type: 'stream' } }),
}

describe('the conformance suite of sockets', () => {
  const reached = new Set<string>()

  for (const [name, description] of Object.entries(keepers)) {
    it(`finds nothing wrong with ${name}`, async () => {
      const { rules, failed } = await outcomeOf((runner) => {
        testKind(runner, { ...description(), patienceMs: 600_000 })
      })
      expect([...failed]).toEqual([])
      for (const rule of rules) reached.add(rule)
    })
  }

  it('has something broken for each rule that other kinds do not have', async () => {
    const { sockets: _, ...rest } = good()
    const others = await outcomeOf((runner) => {
      testKind(runner, rest)
    })
    expect([...reached].filter((rule) => !others.rules.has(rule) && broken[rule] === undefined)).toEqual([])
  })

  it('refuses a description of the wrong shape, and names what is wrong with it', () => {
    const { kind, pair } = good()
    for (const [sockets, message] of [
      [7, /^EINVAL: sockets must/],
      [null, /^EINVAL: sockets must/],
      [{}, /^EINVAL: sockets.type/],
      [{ type: 'raw' }, /^EINVAL: sockets.type/],
      [{ type: 'stream', open: () => kind }, /^EINVAL: sockets.open and sockets.address/],
      [{ type: 'stream', open: 7, address: () => '' }, /^EINVAL: sockets.open/],
      [{ type: 'stream', open: () => kind, address: '' }, /^EINVAL: sockets.address/],
    ] as const) {
      expect(() => {
        testKind({ describe, it }, { kind, pair, sockets } as never)
      }).toThrow(message)
    }
  })

  it('says so of a kind without SocketOps', async () => {
    const plain = defineKind<Sock>({ name: 'acme-plain' })
    const { failed } = await outcomeOf((runner) => {
      testKind(runner, describeSocket(plain))
    })
    expect(failed.get('options tell what it is')).toMatchObject({ message: expect.stringContaining('no ht:socket') as string })
  })

  for (const [rule, description] of Object.entries(broken)) {
    it(`catches a kind that breaks: ${rule}`, async () => {
      const { rules, failed } = await outcomeOf((runner) => {
        testKind(runner, description())
      })
      expect(rules).toContain(rule)
      expect(failed.get(rule)).toBeInstanceOf(ConformanceError)
    })
  }
})
