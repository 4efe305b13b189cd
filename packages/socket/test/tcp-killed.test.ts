import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it, vi } from 'vitest'
import { isHandleError, openObjectOf, readAsync, writeAsync, type KernelObject } from '@ht/core'
import {
  acceptFrom,
  addressOf,
  hostAndPort,
  hostSockets,
  listenAt,
  ops,
  PATIENCE,
  shown,
  tryRead,
  tryWrite,
} from './support/tcp.js'

const PEER = fileURLToPath(new URL('support/tcp-peer.mjs', import.meta.url))
const PEERS = 12
const CONNECTIONS = 5
const SEED = Number(process.env['HT_SEED'] ?? 20_250_101)
const ENDS = ['end of file', 'ECONNRESET', 'EPIPE']

it('a peer that is killed at any moment ends its connections: end of file, ECONNRESET or EPIPE, and nothing is left', async () => {
  const random = generator(SEED)
  const before = hostSockets().length
  for (let i = 0; i < PEERS; i++) {
    const mode = ['sends', 'receives', 'echoes'][i % 3] ?? ''
    // Mostly within the first pieces, now and then far in.
    const killAt = Math.floor(2 ** (random() * 21))
    const said = `peer ${i} of seed ${SEED}, which ${mode}, killed at ${killAt}`
    const listener = await listenAt('127.0.0.1:0')
    const { port } = hostAndPort(addressOf(listener))
    const child = spawn(process.execPath, [PEER, String(port), mode, String(CONNECTIONS)], { stdio: 'ignore' })
    const gone = once(child, 'close')
    const sockets: KernelObject[] = []
    while (sockets.length < CONNECTIONS) sockets.push(await acceptFrom(listener))
    listener.release()
    let passed = 0
    const pass = (count: number) => {
      passed += count
      if (passed >= killAt) child.kill('SIGKILL')
    }
    const ends = await Promise.all(
      sockets.flatMap((it) => [
        ...(mode === 'sends' ? [] : [writeOn(it, pass)]),
        ...(mode === 'receives' ? [] : [readOn(it, pass)]),
      ]),
    )
    await gone
    for (const end of ends) expect(ENDS, said).toContain(end)
    for (const socket of sockets) {
      // What had arrived can be read; then there is nothing, and nothing can be written for long.
      while (typeof tryRead(socket) === 'string');
      expect(await writeOn(socket, () => 0), said).toMatch(/^(ECONNRESET|EPIPE)$/)
      expect([tryRead(socket), tryWrite(socket, 'x'), shown(ops(socket).peerAddress())], said).toEqual([0, 'EPIPE', 'ENOTCONN'])
      const open = openObjectOf(socket)
      socket.release()
      expect(open.released).toBe(true)
    }
  }
  await vi.waitFor(() => expect(hostSockets().length).toBe(before), PATIENCE.timeoutMs)
})

/** Reads until there is an end, and says which. */
async function readOn(socket: KernelObject, passed: (count: number) => void): Promise<string> {
  const buffer = new Uint8Array(65_536)
  try {
    for (;;) {
      const count = await readAsync(socket, buffer, PATIENCE)
      if (count === 0) return 'end of file'
      passed(count)
    }
  } catch (error) {
    return isHandleError(error) ? error.code : String(error)
  }
}

/** Writes until there is an end, and says which. */
async function writeOn(socket: KernelObject, passed: (count: number) => void): Promise<string> {
  const bytes = new Uint8Array(5003)
  try {
    for (;;) {
      passed(await writeAsync(socket, bytes, PATIENCE))
      // What is written here must not keep the news from coming.
      await new Promise((resolve) => setImmediate(resolve))
    }
  } catch (error) {
    return isHandleError(error) ? error.code : String(error)
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
