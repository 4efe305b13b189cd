import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ERR, IN, isHandleError, readAsync, whenReady, type KernelObject } from '@ht/core'
import { SHUT_WR, SO_ERROR, SOL_SOCKET } from '@ht/core/socket'
import {
  acceptFrom,
  addressOf,
  hostAndPort,
  listenAt,
  ops,
  PATIENCE,
  say,
  stateOf,
  tcpPair,
  tryRead,
  tryWrite,
} from './support/tcp.js'

const kept: KernelObject[] = []
async function pair() {
  const both = await tcpPair()
  kept.push(both.server)
  return both
}
afterEach(() => {
  for (const socket of kept.splice(0)) socket.release()
})

/** Sends until the host takes no more: how many bytes were taken. */
async function fill(socket: KernelObject): Promise<number> {
  const piece = new Uint8Array(200_000)
  let taken = 0
  for (let idle = 0; idle < 200; idle++) {
    const count = ops(socket).send(piece, 0)
    if (count > 0) [taken, idle] = [taken + count, 0]
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(stateOf(socket).connection.outgoing.stored).toBeGreaterThan(0)
  return taken
}

/** Reads up to the end: how many bytes came, and what the end was. */
async function readAll(socket: KernelObject): Promise<{ received: number; end: string }> {
  const buffer = new Uint8Array(65_536)
  let received = 0
  try {
    for (;;) {
      const count = await readAsync(socket, buffer, PATIENCE)
      if (count === 0) return { received, end: 'end of file' }
      received += count
    }
  } catch (error) {
    return { received, end: isHandleError(error) ? error.code : String(error) }
  }
}

describe('while the other side has not taken all that was sent, a close', () => {
  it('delivers the rest of it, and then the end', async () => {
    const { client: ours, server: theirs } = await pair()
    const taken = await fill(ours)
    ours.release()
    expect(await readAll(theirs)).toEqual({ end: 'end of file', received: taken })
  })

  for (const shut of [false, true]) {
    it(`with bytes unread resets it: what is cut off never looks whole${shut ? ', after a shutdown neither' : ''}`, async () => {
      const { client: ours, server: theirs } = await pair()
      await say(theirs, 'unread')
      await whenReady(ours, IN, PATIENCE)
      await fill(ours)
      if (shut) ops(ours).shutdown(SHUT_WR)
      ours.release()
      expect((await readAll(theirs)).end).toBe('ECONNRESET')
    })
  }

  it('is followed by a reset when something more arrives, as on Linux', async () => {
    const { client: ours, server: theirs } = await pair()
    await fill(ours)
    const { outgoing } = stateOf(ours).connection
    ours.release()
    await say(theirs, 'late')
    while (outgoing.stored > 0) await new Promise((resolve) => setImmediate(resolve))
    expect((await readAll(theirs)).end).toBe('ECONNRESET')
  })
})

it('a close with bytes unread, right after a shutdown, is the end and then a reset, which is seen without a write', async () => {
  const { client, server } = await pair()
  await say(server, 'unread')
  await whenReady(client, IN, PATIENCE)
  ops(client).shutdown(SHUT_WR)
  client.release()
  expect((await whenReady(server, ERR, PATIENCE)) & ERR).toBe(ERR)
})

describe('a reset right behind the last bytes', () => {
  it('is not taken for their end: what is cut off never looks whole', async () => {
    const { ours, theirs } = await fromNode()
    // Both are there when we are told of the first.
    theirs.write('cut off', () => theirs.resetAndDestroy())
    expect(await readAll(ours)).toEqual({ end: 'ECONNRESET', received: 7 })
    expect([tryRead(ours), tryWrite(ours, 'x')]).toEqual([0, 'EPIPE'])
  })

  it('and behind their end leaves them whole, and is EPIPE, as on Linux', async () => {
    const { ours, theirs } = await fromNode()
    theirs.end('whole', () => theirs.resetAndDestroy())
    expect(await readAll(ours)).toEqual({ end: 'end of file', received: 5 })
    await whenReady(ours, ERR, PATIENCE)
    expect(ops(ours).option(SOL_SOCKET, SO_ERROR)).toBe(32)
  })

  it('of one whom we are sending to is told as well', async () => {
    const { ours, theirs } = await fromNode()
    await fill(ours)
    theirs.write('cut off', () => theirs.resetAndDestroy())
    expect((await readAll(ours)).end).toBe('ECONNRESET')
  })
})

/** A socket of ours that accepted one of Node's, which does not read. */
async function fromNode(): Promise<{ ours: KernelObject; theirs: Socket }> {
  const listener = await listenAt('127.0.0.1:0')
  const theirs = connect(hostAndPort(addressOf(listener)))
  await once(theirs, 'connect')
  const ours = await acceptFrom(listener)
  listener.release()
  kept.push(ours)
  return { ours, theirs }
}
