import { describe, expect, it, vi } from 'vitest'
import { HandleTable, readAsync, writeAsync, type KernelObject } from '@ht/core'
import {
  acceptFrom,
  addressOf,
  connectTo,
  hear,
  hostSockets,
  listenAt,
  openTcp,
  PATIENCE,
  say,
  stateOf,
  tcpPair,
} from './support/tcp.js'

describe('a thousand connections', () => {
  it('are open at once, and all of them are gone when they are closed', async () => {
    const count = 1000
    const before = hostSockets().length
    const listener = await listenAt('127.0.0.1:0', 4096)
    const address = addressOf(listener)
    const accepting = (async () => {
      const accepted: KernelObject[] = []
      while (accepted.length < count) accepted.push(await acceptFrom(listener))
      return accepted
    })()
    const clients = await Promise.all(
      Array.from({ length: count }, async () => {
        const client = openTcp()
        expect(await connectTo(client, address)).toBe(0)
        return client
      }),
    )
    const servers = await accepting
    expect(hostSockets().length - before).toBe(2 * count + 1)

    await Promise.all(clients.map((it, i) => say(it, `client ${i}`)))
    const heard = await Promise.all(servers.map((it) => hear(it)))
    expect(new Set(heard).size).toBe(count)
    await Promise.all(servers.map((it, i) => say(it, heard[i] ?? '')))
    expect(await Promise.all(clients.map((it) => hear(it)))).toEqual(clients.map((_, i) => `client ${i}`))

    const tables = [clients, servers].map((sockets) => {
      const table = new HandleTable()
      table.insertAll(sockets)
      return table
    })
    for (const table of tables) table.dispose()
    listener.release()
    await vi.waitFor(() => expect(hostSockets().length).toBe(before), PATIENCE.timeoutMs)
  })
})

describe('a gibibyte', () => {
  it('goes through one connection, and never is more of it held than may be', async () => {
    const { client, server } = await tcpPair()
    const [near, far] = [stateOf(client).connection, stateOf(server).connection]
    const total = 1 << 30
    const piece = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 7) % 251)
    const buffer = new Uint8Array(100_000)
    const atStart = process.memoryUsage()
    const most = { outgoing: 0, incoming: 0, rss: 0, arrayBuffers: 0 }

    const sending = (async () => {
      for (let sent = 0; sent < total; sent += piece.length) {
        await writeAsync(client, piece, PATIENCE)
        const { rss, arrayBuffers } = process.memoryUsage()
        most.rss = Math.max(most.rss, rss - atStart.rss)
        most.arrayBuffers = Math.max(most.arrayBuffers, arrayBuffers - atStart.arrayBuffers)
      }
      client.release()
    })()
    let received = 0
    let wrong = 0
    for (let count = 1; count > 0; received += count) {
      count = await readAsync(server, buffer, PATIENCE)
      if (count > 0 && buffer[0] !== ((received % piece.length) * 7) % 251) wrong++
      most.outgoing = Math.max(most.outgoing, near.outgoing.stored)
      most.incoming = Math.max(most.incoming, far.incoming.stored)
    }
    await sending
    server.release()

    expect([received, wrong]).toEqual([total, 0])
    expect(most.outgoing).toBeLessThanOrEqual(262_144)
    expect(most.incoming).toBeLessThanOrEqual(131_072)
    // Pieces of the host's that wait for the garbage collector are among it.
    expect(most.arrayBuffers).toBeLessThan(128 << 20)
    expect(most.rss).toBeLessThan(256 << 20)
  })
})
