import { once } from 'node:events'
import { createServer, Socket as NodeSocket, type AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  ControlOps,
  ERR,
  FIONREAD,
  HandleTable,
  HUP,
  IN,
  openObjectOf,
  OUT,
  RDHUP,
  readiness,
  whenReady,
  type KernelObject,
} from '@ht/core'
import { MSG_PEEK, SHUT_RD, SHUT_RDWR, SHUT_WR, SO_ERROR, SOL_SOCKET } from '@ht/core/socket'
import {
  addressOf,
  connectTo,
  hear,
  hearAll,
  listenAt,
  openTcp,
  ops,
  PATIENCE,
  say,
  shown,
  tcpPair,
  text,
  tryRead,
  tryWrite,
  until,
} from './support/tcp.js'

const kept: KernelObject[] = []
async function pair(): Promise<{ client: KernelObject; server: KernelObject }> {
  const both = await tcpPair()
  kept.push(both.client, both.server)
  return both
}
afterEach(() => {
  for (const socket of kept.splice(0)) socket.release()
})

const bits = (socket: KernelObject) => readiness(openObjectOf(socket))
const soError = (socket: KernelObject) => ops(socket).option(SOL_SOCKET, SO_ERROR)

function waiting(socket: KernelObject): unknown {
  const argument = new Uint8Array(4)
  const answer = socket.as(ControlOps)?.control(FIONREAD, argument) ?? 0
  return answer < 0 ? shown(answer) : new Int32Array(argument.buffer)[0]
}

/** Has one side close with bytes of the other unread. */
async function reset(socket: KernelObject, from: KernelObject): Promise<void> {
  await say(from, 'unread')
  await whenReady(socket, IN, PATIENCE)
  socket.release()
  await whenReady(from, ERR, PATIENCE)
}

describe('receiving', () => {
  it('with MSG_PEEK leaves what it gives, also over several pieces', async () => {
    const { client, server } = await pair()
    const buffer = new Uint8Array(8)
    for (const [i, piece] of ['abc', 'def', 'ghi'].entries()) {
      await say(client, piece)
      await until(server, () => waiting(server) === 3 * (i + 1))
    }
    expect(ops(server).receive(buffer, MSG_PEEK)).toBe(8)
    expect(text(buffer)).toBe('abcdefgh')
    expect(waiting(server)).toBe(9)
    expect(await hear(server, 4)).toBe('abcd')
    expect(ops(server).receive(buffer, MSG_PEEK)).toBe(5)
    expect(text(buffer.subarray(0, 5))).toBe('efghi')
    expect(await hear(server)).toBe('efghi')
  })

  it('receiveFrom gives no address: a connection has one other side', async () => {
    const { client, server } = await pair()
    await say(client, 'hello')
    await whenReady(server, IN, PATIENCE)
    const [buffer, address] = [new Uint8Array(8), new Uint8Array(8).fill(1)]
    expect(ops(server).receiveFrom(buffer, 0, address)).toBe(5)
    expect(address).toEqual(new Uint8Array(8))
  })

  it('FIONREAD tells how many bytes are there; EINVAL for a listener', async () => {
    const { client, server } = await pair()
    expect(waiting(server)).toBe(0)
    await say(client, 'hello')
    await whenReady(server, IN, PATIENCE)
    expect(waiting(server)).toBe(5)
    expect(waiting(openKept())).toBe(0)
    const listener = await listenAt('127.0.0.1:0')
    kept.push(listener)
    expect(waiting(listener)).toBe('EINVAL')
  })
})

describe('sending', () => {
  it('small pieces of one turn go to the host as one', async () => {
    const { client, server } = await pair()
    const write = vi.spyOn(NodeSocket.prototype, 'write')
    try {
      for (let i = 0; i < 1000; i++) expect(tryWrite(client, `${i} `)).toBe(`${i} `.length)
      const all = Array.from({ length: 1000 }, (_, i) => `${i} `).join('')
      let heard = ''
      while (heard.length < all.length) heard += await hear(server)
      expect(heard).toBe(all)
      expect(write).toHaveBeenCalledTimes(1)
    } finally {
      write.mockRestore()
    }
  })

  it('what is added while the host is busy goes to it as well, without another call', async () => {
    const { client, server } = await pair()
    const bytes = 'x'.repeat(200_000)
    expect(tryWrite(client, bytes)).toBe(bytes.length)
    let heard = ''
    while (heard.length < bytes.length) heard += await hear(server)
    expect(heard).toBe(bytes)
  })

  it('to an address besides takes no notice of it, as Linux does', async () => {
    const { client, server } = await pair()
    expect(ops(client).sendTo(new Uint8Array([104, 105]), 0, '127.0.0.1:1')).toBe(2)
    expect(await hear(server)).toBe('hi')
  })

  it('what was sent before the close arrives, and then the end', async () => {
    // One who begins to read late.
    const node = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1')
    await once(node, 'listening')
    const socket = openTcp()
    const arrived = once(node, 'connection') as Promise<[NodeSocket]>
    await connectTo(socket, `127.0.0.1:${String((node.address() as AddressInfo).port)}`)
    const [late] = await arrived
    node.close()
    const sent = 200_000
    for (let i = 0; i < 4; i++) expect(ops(socket).send(new Uint8Array(50_000), 0)).toBe(50_000)
    socket.release()
    let received = 0
    late.on('data', (bytes: Buffer) => {
      received += bytes.length
    })
    late.resume()
    await once(late, 'end')
    late.destroy()
    expect(received).toBe(sent)
  })

  it('a side that closes while the other has bytes unread says so: ECONNRESET, after what it had sent', async () => {
    const { client, server } = await pair()
    await say(client, 'last words')
    await whenReady(server, IN, PATIENCE)
    await reset(client, server)
    expect([tryRead(server), tryRead(server), tryRead(server)]).toEqual(['last words', 'ECONNRESET', 0])
    expect(tryWrite(server, 'x')).toBe('EPIPE')
  })
})

describe('a connection that was reset', () => {
  it('says IN, OUT, ERR, HUP and RDHUP, and no more ERR once it was told', async () => {
    const { client, server } = await pair()
    await reset(client, server)
    expect(bits(server)).toBe(IN | OUT | ERR | HUP | RDHUP)
    expect([soError(server), soError(server)]).toEqual([104, 0])
    expect(bits(server)).toBe(IN | OUT | HUP | RDHUP)
    expect([tryRead(server), tryWrite(server, 'x')]).toEqual([0, 'EPIPE'])
  })

  it('tells a write of ECONNRESET once, and then EPIPE', async () => {
    const { client, server } = await pair()
    await reset(client, server)
    expect([tryWrite(server, 'x'), tryWrite(server, 'x'), tryRead(server)]).toEqual(['ECONNRESET', 'EPIPE', 0])
  })

  it('has no other side any more: ENOTCONN; its own address it keeps', async () => {
    const { client, server } = await pair()
    const address = addressOf(server)
    await reset(client, server)
    expect([ops(server).peerAddress(), ops(server).shutdown(SHUT_WR)].map(shown)).toEqual(['ENOTCONN', 'ENOTCONN'])
    expect(addressOf(server)).toBe(address)
  })

  it('after the other side’s end a write is taken, and then it is EPIPE: a read still says 0', async () => {
    const { client, server } = await pair()
    client.release()
    await whenReady(server, RDHUP, PATIENCE)
    expect(bits(server)).toBe(IN | OUT | RDHUP)
    expect(tryWrite(server, 'x')).toBe(1)
    await whenReady(server, ERR, PATIENCE)
    expect(bits(server)).toBe(IN | OUT | ERR | HUP | RDHUP)
    expect([tryRead(server), tryWrite(server, 'x'), tryWrite(server, 'x')]).toEqual([0, 'EPIPE', 'EPIPE'])
  })
})

describe('half of a connection', () => {
  it('that was shut for writing: the other half works as before', async () => {
    const { client, server } = await pair()
    await say(client, 'question')
    expect(ops(client).shutdown(SHUT_WR)).toBe(0)
    expect(bits(client)).toBe(OUT)
    expect(await hearAll(server)).toBe('question')
    await say(server, 'answer')
    expect(await hear(client)).toBe('answer')
    server.release()
    expect(await hear(client)).toBe('')
    expect(bits(client)).toBe(IN | OUT | HUP | RDHUP)
    expect([ops(client).peerAddress(), ops(client).shutdown(SHUT_RD)].map(shown)).toEqual(['ENOTCONN', 'ENOTCONN'])
  })

  it('that was shut for reading still gives what arrives, as on Linux, and 0 otherwise', async () => {
    const { client, server } = await pair()
    expect(ops(client).shutdown(SHUT_RD)).toBe(0)
    expect(bits(client)).toBe(IN | OUT | RDHUP)
    expect(tryRead(client)).toBe(0)
    await say(server, 'late')
    await until(client, () => waiting(client) === 4)
    expect([tryRead(client), tryRead(client)]).toEqual(['late', 0])
    expect(tryWrite(client, 'x')).toBe(1)
  })

  it('shut both ways: what arrives then resets the connection', async () => {
    const { client, server } = await pair()
    expect(ops(client).shutdown(SHUT_RDWR)).toBe(0)
    expect(bits(client)).toBe(IN | OUT | HUP | RDHUP)
    await whenReady(server, RDHUP, PATIENCE)
    expect(tryWrite(server, 'late')).toBe(4)
    await until(client, () => (bits(client) & ERR) !== 0)
    expect([tryRead(client), tryRead(client), tryWrite(client, 'x')]).toEqual(['ECONNRESET', 0, 'EPIPE'])
    await whenReady(server, ERR, PATIENCE)
    expect(tryWrite(server, 'x')).toBe('EPIPE')
  })
})

it('lsof sees both addresses, and how many bytes are on their way', async () => {
  const { client, server } = await pair()
  await say(client, 'hello')
  await whenReady(server, IN, PATIENCE)
  const table = new HandleTable()
  const describe = (socket: KernelObject) => table.getObjectInfo(table.insert(socket))?.description
  const [near, far] = [addressOf(client), addressOf(server)]
  expect(describe(server)).toBe(`TCP ${far} -> ${near}, 5 bytes to receive, 0 to send`)
  expect(describe(openTcp())).toBe('TCP socket')
  const bound = openTcp()
  ops(bound).bind('127.0.0.1:8')
  expect(describe(bound)).toBe('TCP socket bound to 127.0.0.1:8')
  const listener = await listenAt('127.0.0.1:0')
  const address = addressOf(listener)
  expect(describe(listener)).toBe(`TCP socket listening on ${address}`)
  const connecting = openTcp()
  ops(connecting).connect('127.0.0.1:1')
  expect(describe(connecting)).toBe('TCP socket connecting to 127.0.0.1:1')
  expect(table.getObjectInfo(0)?.objectType).toBe(7)
  table.dispose()
})

function openKept(): KernelObject {
  const socket = openTcp()
  kept.push(socket)
  return socket
}
