import { once } from 'node:events'
import { connect, createServer, Socket, type AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { IN, OUT, readAsync, whenReady, writeAsync, type KernelObject } from '@ht/core'
import { AF_INET6, SHUT_WR, SO_SNDBUF, SOL_SOCKET } from '@ht/core/socket'
import { toIterable } from '@ht/core/streams'
import {
  acceptFrom,
  addressOf,
  connectTo,
  hasIPv6,
  hear,
  hearAll,
  hostAndPort,
  listenAt,
  openTcp,
  ops,
  PATIENCE,
  say,
  stateOf,
} from './support/tcp.js'

const kept: (KernelObject | Socket)[] = []
function keep<T extends KernelObject | Socket>(socket: T): T {
  kept.push(socket)
  return socket
}
afterEach(() => {
  for (const socket of kept.splice(0)) {
    if (socket instanceof Socket) socket.destroy()
    else socket.release()
  }
})

/** A socket of ours that connected to one of Node's. */
async function toNode(): Promise<{ ours: KernelObject; theirs: Socket }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const connection = once(server, 'connection') as Promise<[Socket]>
  const ours = keep(openTcp())
  expect(await connectTo(ours, `127.0.0.1:${String((server.address() as AddressInfo).port)}`)).toBe(0)
  const [theirs] = await connection
  server.close()
  return { ours, theirs: keep(theirs) }
}

/** A socket of ours that accepted one of Node's. */
async function fromNode(): Promise<{ ours: KernelObject; theirs: Socket }> {
  const listener = keep(await listenAt('127.0.0.1:0'))
  const theirs = keep(connect({ ...hostAndPort(addressOf(listener)), allowHalfOpen: true }))
  await once(theirs, 'connect')
  return { ours: keep(await acceptFrom(listener)), theirs }
}

/** All that Node's socket receives. */
async function all(socket: Socket): Promise<string> {
  const pieces: Buffer[] = []
  socket.on('data', (piece: Buffer) => pieces.push(piece))
  await once(socket, 'end')
  return Buffer.concat(pieces).toString()
}

for (const [role, open] of [
  ['a server', toNode],
  ['a client', fromNode],
] as const) {
  describe(`with ${role} of Node’s`, () => {
    it('both agree on addresses', async () => {
      const { ours, theirs } = await open()
      expect(ops(ours).peerAddress()).toBe(`127.0.0.1:${String(theirs.localPort)}`)
      expect(ops(ours).localAddress()).toBe(`127.0.0.1:${String(theirs.remotePort)}`)
    })

    it('bytes go both ways', async () => {
      const { ours, theirs } = await open()
      await say(ours, 'from us')
      theirs.write('from them')
      expect(await hear(ours)).toBe('from them')
      const [piece] = (await once(theirs, 'data')) as [Buffer]
      expect(piece.toString()).toBe('from us')
    })

    it('many bytes arrive as they were, whatever the sizes of pieces', async () => {
      const { ours, theirs } = await open()
      const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * i) % 253)
      const received = all(theirs)
      let at = 0
      for (let size = 1; at < bytes.length; size = (size * 7 + 3) % 200_000) {
        at += await writeAsync(ours, bytes.subarray(at, at + size), PATIENCE)
      }
      ops(ours).shutdown(SHUT_WR)
      expect((await received) === Buffer.from(bytes).toString()).toBe(true)

      theirs.end(bytes)
      const back = Buffer.alloc(bytes.length + 1)
      let length = 0
      for (let count = 1; count > 0; length += count) {
        count = await readAsync(ours, back.subarray(length, length + 1 + (length % 99_991)), PATIENCE)
      }
      expect(back.subarray(0, length).equals(bytes)).toBe(true)
    })

    it('its end is our end of file, and we can still send', async () => {
      const { ours, theirs } = await open()
      theirs.end('last')
      expect(await hearAll(ours)).toBe('last')
      await say(ours, 'answer')
      ops(ours).shutdown(SHUT_WR)
      expect(await all(theirs)).toBe('answer')
    })

    it('our end is its end, and it can still send', async () => {
      const { ours, theirs } = await open()
      await say(ours, 'question')
      ops(ours).shutdown(SHUT_WR)
      expect(await all(theirs)).toBe('question')
      theirs.end('answer')
      expect(await hearAll(ours)).toBe('answer')
    })

    it('its reset is our ECONNRESET', async () => {
      const { ours, theirs } = await open()
      theirs.resetAndDestroy()
      await expect(hear(ours)).rejects.toMatchObject({ code: 'ECONNRESET' })
      expect(await hear(ours)).toBe('')
    })

    it('our close with its bytes unread is its ECONNRESET', async () => {
      const { ours, theirs } = await open()
      const failed = new Promise((resolve) => theirs.once('error', resolve))
      theirs.write('unread')
      await whenReady(ours, IN, PATIENCE)
      ours.release()
      theirs.resume()
      expect(await failed).toMatchObject({ code: 'ECONNRESET' })
    })

    it('one that does not read has us stop at what we may hold, and go on when it does', async () => {
      const { ours, theirs } = await open()
      theirs.pause()
      ops(ours).setOption(SOL_SOCKET, SO_SNDBUF, 40_000)
      const { connection } = stateOf(ours)
      const bytes = new Uint8Array(32 << 20)
      let written = 0
      let most = 0
      const writing = (async () => {
        while (written < bytes.length) {
          written += await writeAsync(ours, bytes.subarray(written, written + 10_000), PATIENCE)
          most = Math.max(most, connection.outgoing.stored)
        }
        ops(ours).shutdown(SHUT_WR)
      })()
      // The host takes some, and then no more: as much as it takes, twice in a row.
      for (let before = -1; before !== written;) {
        before = written
        for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
      }
      expect(written).toBeLessThan(bytes.length)
      expect(connection.outgoing.stored).toBeGreaterThan(0)
      let received = 0
      theirs.on('data', (piece: Buffer) => {
        received += piece.length
      })
      theirs.resume()
      await Promise.all([writing, once(theirs, 'end')])
      expect(received).toBe(bytes.length)
      expect(most).toBeLessThanOrEqual(80_000)
    })

    it('one that sends what we do not read is stopped, and goes on when we do', async () => {
      const { ours, theirs } = await open()
      const { connection } = stateOf(ours)
      const bytes = new Uint8Array(32 << 20)
      theirs.end(bytes)
      await whenReady(ours, IN, PATIENCE)
      for (let before = -1; before !== theirs.writableLength + connection.incoming.stored;) {
        before = theirs.writableLength + connection.incoming.stored
        for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
      }
      expect(theirs.writableFinished).toBe(false)
      expect(connection.incoming.stored).toBeLessThanOrEqual(131_072)
      let received = 0
      const buffer = new Uint8Array(50_000)
      for (let count = 1; count > 0; received += count) {
        count = await readAsync(ours, buffer, PATIENCE)
        expect(connection.incoming.stored).toBeLessThanOrEqual(131_072)
      }
      expect(received).toBe(bytes.length)
    })
  })
}

it('a connection is an async iterable by @ht/core/streams', async () => {
  const { ours, theirs } = await fromNode()
  theirs.end('hello')
  kept.splice(kept.indexOf(ours), 1)
  let heard = ''
  for await (const piece of toIterable(ours)) heard += Buffer.from(piece).toString()
  expect(heard).toBe('hello')
})

it.skipIf(!hasIPv6)('IPv6 works in both roles', async () => {
  const listener = keep(await listenAt('[::1]:0', 1, AF_INET6))
  const theirs = keep(connect(Number(addressOf(listener).split(':').at(-1)), '::1'))
  const ours = keep(await acceptFrom(listener))
  expect(ops(ours).peerAddress()).toBe(`[::1]:${String(theirs.localPort)}`)
  theirs.write('hello')
  expect(await hear(ours)).toBe('hello')

  const server = createServer((socket) => socket.end('hello')).listen(0, '::1')
  await once(server, 'listening')
  const client = keep(openTcp(AF_INET6))
  expect(await connectTo(client, `[::1]:${String((server.address() as AddressInfo).port)}`)).toBe(0)
  expect(await hearAll(client)).toBe('hello')
  server.close()
})

it('a connection is ready to be written as soon as it is there', async () => {
  const { ours } = await toNode()
  expect(await whenReady(ours, OUT, PATIENCE)).toBe(OUT)
})
