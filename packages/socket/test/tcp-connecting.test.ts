import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ERR, HUP, IN, openObjectOf, OUT, RDHUP, readiness, whenReady, type KernelObject } from '@ht/core'
import { AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY, SHUT_RDWR, SO_ERROR, SOL_SOCKET } from '@ht/core/socket'
import {
  acceptFrom,
  addressOf,
  answered,
  connectTo,
  hasIPv6,
  hear,
  hostAndPort,
  listenAt,
  openTcp,
  ops,
  PATIENCE,
  say,
  shown,
  tcpPair,
  tryRead,
  tryWrite,
} from './support/tcp.js'

const kept: KernelObject[] = []
const keep = <T extends KernelObject>(socket: T): T => {
  kept.push(socket)
  return socket
}
afterEach(() => {
  for (const socket of kept.splice(0)) socket.release()
})

const bits = (socket: KernelObject) => readiness(openObjectOf(socket))
const soError = (socket: KernelObject) => ops(socket).option(SOL_SOCKET, SO_ERROR)

/** An address at which nobody listens any more. */
async function nowhere(): Promise<string> {
  const listener = await listenAt('127.0.0.1:0')
  const address = addressOf(listener)
  listener.release()
  return address
}

describe('connect', () => {
  it('is EINPROGRESS, then EALREADY, then 0 once, then EISCONN', async () => {
    const listener = keep(await listenAt('127.0.0.1:0'))
    const socket = keep(openTcp())
    const connect = () => shown(ops(socket).connect(addressOf(listener)))
    expect([connect(), connect()]).toEqual(['EINPROGRESS', 'EALREADY'])
    await whenReady(socket, OUT, PATIENCE)
    expect([connect(), connect(), connect()]).toEqual([0, 'EISCONN', 'EISCONN'])
  })

  it('while it is under way sends and receives are EAGAIN, bind and listen EINVAL, and no bit is set', async () => {
    const listener = keep(await listenAt('127.0.0.1:0'))
    const socket = keep(openTcp())
    ops(socket).connect(addressOf(listener))
    expect(bits(socket)).toBe(0)
    expect([tryRead(socket), tryWrite(socket, 'x')]).toEqual(['EAGAIN', 'EAGAIN'])
    expect([ops(socket).bind('127.0.0.1:0'), ops(socket).listen(1)].map(shown)).toEqual(['EINVAL', 'EINVAL'])
    expect([ops(socket).peerAddress(), ops(socket).accept()].map(shown)).toEqual(['ENOTCONN', 'EINVAL'])
  })

  it('to where nobody listens fails with ECONNREFUSED, which is told once; then it can be tried again', async () => {
    const address = await nowhere()
    const socket = keep(openTcp())
    expect(shown(ops(socket).connect(address))).toBe('EINPROGRESS')
    await whenReady(socket, OUT, PATIENCE)
    expect(bits(socket)).toBe(IN | OUT | ERR | HUP | RDHUP)
    expect(shown(ops(socket).connect(address))).toBe('ECONNREFUSED')
    expect(bits(socket)).toBe(OUT | HUP)
    const listener = keep(await listenAt(address))
    expect(await connectTo(socket, addressOf(listener))).toBe(0)
  })

  it('that failed is told by SO_ERROR as well; connect then says ECONNABORTED', async () => {
    const address = await nowhere()
    const socket = keep(openTcp())
    ops(socket).connect(address)
    await whenReady(socket, OUT, PATIENCE)
    expect([soError(socket), soError(socket)]).toEqual([111, 0])
    expect(shown(ops(socket).connect(address))).toBe('ECONNABORTED')
    expect(shown(ops(socket).connect(address))).toBe('EINPROGRESS')
  })

  it('that failed is told by a read or a write as well, once', async () => {
    const address = await nowhere()
    for (const [use, after] of [
      [(socket: KernelObject) => tryRead(socket), 0],
      [(socket: KernelObject) => tryWrite(socket, 'x'), 'EPIPE'],
    ] as const) {
      const socket = keep(openTcp())
      ops(socket).connect(address)
      await whenReady(socket, OUT, PATIENCE)
      expect([use(socket), use(socket)]).toEqual(['ECONNREFUSED', after])
    }
  })

  it('to an address of the other family is EAFNOSUPPORT, after EISCONN and EALREADY', async () => {
    expect(shown(ops(keep(openTcp())).connect('[::1]:80'))).toBe('EAFNOSUPPORT')
    expect(shown(ops(keep(openTcp(AF_INET6))).connect('127.0.0.1:80'))).toBe('EAFNOSUPPORT')
    const { client, server } = await tcpPair()
    expect(shown(ops(keep(client)).connect('[::1]:80'))).toBe('EISCONN')
    keep(server)
    const connecting = keep(openTcp())
    ops(connecting).connect('127.0.0.1:1')
    expect(shown(ops(connecting).connect('[::1]:80'))).toBe('EALREADY')
  })

  it('takes a host name', async () => {
    const listener = keep(await listenAt('127.0.0.1:0'))
    const port = addressOf(listener).split(':').at(-1) ?? ''
    const socket = keep(openTcp())
    expect(await connectTo(socket, `localhost:${port}`)).toBe(0)
    expect(ops(socket).peerAddress()).toBe(`127.0.0.1:${port}`)
  })

  it('to a name that has no address is EHOSTUNREACH', async () => {
    expect(await connectTo(keep(openTcp()), `${'a'.repeat(64)}.invalid:80`)).toBe('EHOSTUNREACH')
  })

  it('to 0.0.0.0 reaches this machine', async () => {
    const listener = keep(await listenAt('127.0.0.1:0'))
    const socket = keep(openTcp())
    expect(await connectTo(socket, addressOf(listener).replace('127.0.0.1', '0.0.0.0'))).toBe(0)
    expect(ops(socket).peerAddress()).toBe(addressOf(listener))
  })

  it.skipIf(!hasIPv6)('to an IPv4 address written as IPv6 works, unless the socket is for IPv6 only: ENETUNREACH', async () => {
    const listener = keep(await listenAt('127.0.0.1:0'))
    const mapped = addressOf(listener).replace('127.0.0.1', '[::ffff:7f00:1]')
    const socket = keep(openTcp(AF_INET6))
    expect(await connectTo(socket, mapped)).toBe(0)
    expect(ops(socket).peerAddress()).toBe(addressOf(listener).replace('127.0.0.1', '[::ffff:127.0.0.1]'))
    const only = keep(openTcp(AF_INET6))
    ops(only).setOption(IPPROTO_IPV6, IPV6_V6ONLY, 1)
    expect(shown(ops(only).connect(mapped))).toBe('ENETUNREACH')
  })

  it('goes out from the address that the socket is bound to', async () => {
    const listener = keep(await listenAt('127.0.0.1:0'))
    const socket = keep(openTcp())
    ops(socket).bind('127.0.0.2:0')
    expect(await connectTo(socket, addressOf(listener))).toBe(0)
    expect(addressOf(socket)).toMatch(/^127\.0\.0\.2:[1-9]\d*$/)
    expect(ops(keep(await acceptFrom(listener))).peerAddress()).toBe(addressOf(socket))
  })

  it('from an address that is not this machine’s is EADDRNOTAVAIL', async () => {
    const socket = keep(openTcp())
    ops(socket).bind('192.0.2.1:0')
    expect(await connectTo(socket, '127.0.0.1:1')).toBe('EADDRNOTAVAIL')
  })

  it('is ended by a shutdown: ECONNRESET is left to be told', async () => {
    const listener = keep(await listenAt('127.0.0.1:0'))
    const socket = keep(openTcp())
    ops(socket).connect(addressOf(listener))
    expect(ops(socket).shutdown(SHUT_RDWR)).toBe(0)
    expect(bits(socket)).toBe(OUT | ERR | HUP)
    expect(soError(socket)).toBe(104)
    expect(await connectTo(socket, addressOf(listener))).toBe(0)
  })

  it('of a socket that closes meanwhile comes to nothing, and harms nobody', async () => {
    const listener = keep(await listenAt('127.0.0.1:0'))
    const address = addressOf(listener)
    for (const target of [address, address.replace('127.0.0.1', 'localhost')]) {
      const socket = openTcp()
      ops(socket).connect(target)
      socket.release()
    }
    const socket = keep(openTcp())
    expect(await connectTo(socket, address)).toBe(0)
    expect(ops(keep(await acceptFrom(listener))).peerAddress()).toBe(addressOf(socket))
    expect(shown(ops(listener).accept())).toBe('EAGAIN')
  })

  it('under way is held by who waits for it, when its handle is closed', async () => {
    const listener = keep(await listenAt('127.0.0.1:0'))
    const socket = openTcp()
    ops(socket).connect(addressOf(listener))
    const open = openObjectOf(socket)
    const connected = whenReady(socket, OUT, PATIENCE)
    socket.release()
    expect((await connected) & OUT).toBe(OUT)
    expect(open.released).toBe(true)
  })
})

describe('listen', () => {
  it('is EAGAIN until the host has answered, and 0 then', async () => {
    const socket = keep(openTcp())
    expect(ops(socket).bind('127.0.0.1:0')).toBe(0)
    expect([ops(socket).listen(1), ops(socket).listen(1)].map(shown)).toEqual(['EAGAIN', 'EAGAIN'])
    expect(await answered(socket, () => ops(socket).listen(1))).toBe(0)
  })

  it('at port 0 gives it one, which the address tells', async () => {
    const socket = keep(openTcp())
    ops(socket).bind('127.0.0.1:0')
    expect(ops(socket).localAddress()).toBe('127.0.0.1:0')
    await answered(socket, () => ops(socket).listen(1))
    expect(addressOf(socket)).toMatch(/^127\.0\.0\.1:[1-9]\d*$/)
  })

  it('of a socket without an address is at any address of this machine', async () => {
    const socket = keep(openTcp())
    await answered(socket, () => ops(socket).listen(1))
    expect(addressOf(socket)).toMatch(/^0\.0\.0\.0:[1-9]\d*$/)
  })

  it('at an address that is taken is EADDRINUSE, told once; it can be tried again when it is free', async () => {
    const first = await listenAt('127.0.0.1:0')
    const second = keep(openTcp())
    ops(second).bind(addressOf(first))
    const listen = () => answered(second, () => ops(second).listen(1))
    expect([await listen(), await listen()]).toEqual(['EADDRINUSE', 'EADDRINUSE'])
    first.release()
    expect(await listen()).toBe(0)
  })

  it('at an address that is not this machine’s is EADDRNOTAVAIL', async () => {
    const socket = keep(openTcp())
    ops(socket).bind('192.0.2.1:0')
    expect(await answered(socket, () => ops(socket).listen(1))).toBe('EADDRNOTAVAIL')
  })

  it('of a socket that closes before the host has answered leaves nothing', async () => {
    const address = await nowhere()
    const socket = openTcp()
    ops(socket).bind(address)
    ops(socket).listen(1)
    socket.release()
    const next = keep(openTcp())
    ops(next).bind(address)
    // The host may have opened the first one before it closes it.
    for (;;) {
      const answer = await answered(next, () => ops(next).listen(1))
      if (answer === 0) return
      expect(answer).toBe('EADDRINUSE')
    }
  })

  it.skipIf(!hasIPv6)('of IPv6 takes IPv4 connections too, unless it is for IPv6 only', async () => {
    for (const only of [0, 1]) {
      const listener = keep(openTcp(AF_INET6))
      expect(ops(listener).setOption(IPPROTO_IPV6, IPV6_V6ONLY, only)).toBe(0)
      await answered(listener, () => ops(listener).listen(1))
      const port = addressOf(listener).split(':').at(-1) ?? ''
      const client = keep(openTcp())
      expect(await connectTo(client, `127.0.0.1:${port}`)).toBe(only === 1 ? 'ECONNREFUSED' : 0)
      if (only === 1) continue
      const accepted = keep(await acceptFrom(listener))
      expect(addressOf(accepted)).toBe(`[::ffff:127.0.0.1]:${port}`)
    }
  })

  it('is EISCONN to connect, ENOTCONN to read, EPIPE to write', async () => {
    const listener = keep(await listenAt('127.0.0.1:0'))
    expect(shown(ops(listener).connect('127.0.0.1:1'))).toBe('EISCONN')
    expect([tryRead(listener), tryWrite(listener, 'x')]).toEqual(['ENOTCONN', 'EPIPE'])
  })

  it('is ended by a shutdown of receiving, and not by one of sending', async () => {
    const listener = keep(await listenAt('127.0.0.1:0'))
    const address = addressOf(listener)
    expect([ops(listener).shutdown(1), ops(listener).accept()].map((it) => shown(it))).toEqual([0, 'EAGAIN'])
    expect([ops(listener).shutdown(0), ops(listener).accept()].map((it) => shown(it))).toEqual([0, 'EINVAL'])
    expect(addressOf(listener)).toBe(address)
    expect(await connectTo(keep(openTcp()), address)).toBe('ECONNREFUSED')
    expect(await answered(listener, () => ops(listener).listen(1))).toBe(0)
    expect(await connectTo(keep(openTcp()), address)).toBe(0)
  })
})

describe('accept', () => {
  it('gives the connections that may wait, one more than the backlog, and the others are reset', async () => {
    const listener = keep(await listenAt('127.0.0.1:0', 128))
    // The host keeps what it was told first; how many wait here is what changes.
    expect(ops(listener).listen(2)).toBe(0)
    const clients = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const socket = keep(openTcp())
        expect(await connectTo(socket, addressOf(listener))).toBe(0)
        return socket
      }),
    )
    const ends = clients.map((it) => hear(it).catch((error: unknown) => (error as { code: string }).code))
    let reset = 0
    await new Promise<void>((resolve) => {
      for (const end of ends) void end.then((it) => it === 'ECONNRESET' && ++reset === 3 && resolve())
    })
    for (let i = 0; i < 3; i++) await say(keep(await acceptFrom(listener)), 'hello')
    expect((await Promise.all(ends)).sort()).toEqual([...Array<string>(3).fill('ECONNRESET'), 'hello', 'hello', 'hello'])
    expect(shown(ops(listener).accept())).toBe('EAGAIN')
  })

  it('of a burst gives all of it to one who accepts as they come, however few may wait', async () => {
    const listener = keep(await listenAt('127.0.0.1:0', 128))
    expect(ops(listener).listen(1)).toBe(0)
    const accepting = (async () => {
      for (let i = 0; i < 50; i++) await say(keep(await acceptFrom(listener)), 'hello')
    })()
    const heard = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const socket = keep(openTcp())
        await connectTo(socket, addressOf(listener))
        return hear(socket)
      }),
    )
    await accepting
    expect(heard).toEqual(Array(50).fill('hello'))
  })

  it('of a connection that was reset meanwhile gives it, and a read says ECONNRESET', async () => {
    const listener = keep(await listenAt('127.0.0.1:0'))
    const { host, port } = hostAndPort(addressOf(listener))
    const client = connect({ host, port })
    await once(client, 'connect')
    client.resetAndDestroy()
    await once(client, 'close')
    const accepted = keep(await acceptFrom(listener))
    await expect(hear(accepted)).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(tryRead(accepted)).toBe(0)
  })

  it('takes over the options of the listener', async () => {
    const listener = keep(openTcp())
    ops(listener).bind('127.0.0.1:0')
    for (const [level, name, value] of [
      [1, 9, 1],
      [6, 1, 1],
      [6, 4, 99],
      [1, 7, 5000],
      [1, 8, 6000],
    ] as const) {
      ops(listener).setOption(level, name, value)
    }
    await answered(listener, () => ops(listener).listen(1))
    const client = keep(openTcp())
    await connectTo(client, addressOf(listener))
    const accepted = keep(await acceptFrom(listener))
    const options = [
      [1, 9],
      [6, 1],
      [6, 4],
      [1, 7],
      [1, 8],
    ].map(([level, name]) => ops(accepted).option(level!, name!))
    expect(options).toEqual([1, 1, 99, 10_000, 12_000])
  })
})
