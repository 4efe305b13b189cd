import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readAsync, StreamOps, writeAsync, type StreamMethods } from '@ht/core'
import { createPipe } from '@ht/pipe'
import { socketPair } from '@ht/socket'
import { compare } from '../../../tooling/bench/measure.js'

/* A piece sent through a stream pair and received at the other side, beside the same through a pipe. */

interface Ends {
  readonly input: StreamMethods
  readonly output: StreamMethods
}

function pipeEnds(): Ends {
  const { reader, writer } = createPipe()
  return { input: reader.as(StreamOps), output: writer.as(StreamOps) }
}

function socketEnds(): Ends {
  const [a, b] = socketPair()
  return { input: b.as(StreamOps), output: a.as(StreamOps) }
}

function through({ input, output }: Ends, length: number) {
  const piece = new Uint8Array(length).fill(7)
  const out = new Uint8Array(length)
  return (count: number) => {
    let sum = 0
    for (let i = 0; i < count; i++) {
      sum += output.write(piece) + input.read(out)
    }
    return sum + out[0]!
  }
}

/** A sender and a receiver that wait for each other. */
function waiting(length: number) {
  const [a, b] = socketPair()
  const piece = new Uint8Array(length).fill(7)
  const out = new Uint8Array(length)
  return async (count: number) => {
    const receive = async () => {
      let rest = count * length
      while (rest > 0) rest -= await readAsync(b, out)
      return out[0]
    }
    const received = receive()
    for (let i = 0; i < count; i++) await writeAsync(a, piece)
    return await received
  }
}

/** The same between two sockets of the host. */
async function hostSockets(length: number) {
  const path = join(mkdtempSync(join(tmpdir(), 'ht-')), 'socket')
  const server = createServer().listen(path)
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  const client = connect(path)
  const [receiver] = (await accepted) as [Socket]
  server.close()
  for (const socket of [client, receiver]) socket.unref()
  const piece = new Uint8Array(length).fill(7)
  return async (count: number) => {
    let rest = count * length
    receiver.ref()
    const received = new Promise((resolve) => {
      receiver.on('data', (bytes: Buffer) => {
        rest -= bytes.length
        if (rest > 0) return
        receiver.removeAllListeners('data')
        resolve(bytes[0])
      })
    })
    for (let i = 0; i < count; i++) if (!client.write(piece)) await once(client, 'drain')
    await received
    receiver.unref()
    return rest
  }
}

for (const [length, atMost] of [
  [1, 1],
  // Mostly the copy, which is the same: what is left is noise.
  [64, 1.2],
  [4096, 1.2],
] as const) {
  await compare(`stream pair, ${String(length)}-byte pieces`, {
    candidate: through(socketEnds(), length),
    baseline: ['pipe', through(pipeEnds(), length)],
    atMost,
  })
}
for (const [length, target] of [
  [64, {}],
  [65_536, { fasterBy: 1 }],
] as const) {
  await compare(`stream pair, waiting, ${String(length)} bytes`, {
    candidate: waiting(length),
    baseline: ["Node's net on a local socket", await hostSockets(length)],
    ...target,
  })
}
