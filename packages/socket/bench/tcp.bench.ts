import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { IN, openObjectOf, OUT, readAsync, untilAnswered, whenReady, writeAsync, type KernelObject } from '@ht/core'
import { AF_INET, SOCK_STREAM, SocketOps, type SocketMethods } from '@ht/core/socket'
import { createTcpSockets } from '@ht/socket/tcp'
import { compare, type Loop } from '../../../tooling/bench/measure.js'

/*
 * Bytes from one end of a connection to the other over the loopback, both in this process, beside sockets of node:net
 * that do the same: writes until they are told to wait for 'drain', and a listener of 'data'.
 */

/** A way to carry bytes: sends so many pieces, and is done when all have arrived. */
interface Way {
  readonly loop: Loop
  close(): void
}

async function ours(length: number): Promise<Way> {
  const [listener, near] = [open(), open()]
  ops(listener).bind('127.0.0.1:0')
  await untilAnswered(openObjectOf(listener), () => ops(listener).listen(1), {}, 'listen')
  ops(near).connect(ops(listener).localAddress() as string)
  await Promise.all([whenReady(near, OUT), whenReady(listener, IN)])
  const far = ops(listener).accept() as KernelObject
  listener.release()
  const piece = new Uint8Array(length).fill(7)
  const buffer = new Uint8Array(65_536)
  const send = async (count: number) => {
    for (let i = 0; i < count; i++) await writeAsync(near, piece)
  }
  return {
    async loop(count) {
      const sent = send(count)
      for (let left = count * length; left > 0;) left -= await readAsync(far, buffer)
      return sent
    },
    close() {
      near.release()
      far.release()
    },
  }
}

async function bare(length: number): Promise<Way> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [far] = (await once(server, 'connection')) as [Socket]
  server.close()
  const piece = new Uint8Array(length).fill(7)
  let left = 0
  let arrived = () => {}
  far.on('data', (bytes: Buffer) => {
    left -= bytes.length
    if (left === 0) arrived()
  })
  const send = (count: number) => {
    for (let i = 1; i <= count; i++) {
      if (near.write(piece)) continue
      near.once('drain', () => send(count - i))
      return
    }
  }
  return {
    loop(count) {
      left = count * length
      return new Promise<void>((resolve) => {
        arrived = resolve
        send(count)
      })
    },
    close() {
      near.destroy()
      far.destroy()
    },
  }
}

const tcp = createTcpSockets()

function open(): KernelObject {
  return tcp.open(AF_INET, SOCK_STREAM, 0) as KernelObject
}

function ops(socket: KernelObject): SocketMethods {
  return socket.as(SocketOps)!
}

for (const length of [65_536, 4096]) {
  const [candidate, baseline] = [await ours(length), await bare(length)]
  await compare(`TCP, ${String(length)}-byte writes`, {
    candidate: candidate.loop,
    baseline: ['node:net', baseline.loop],
    // 0.8 of its throughput.
    atMost: 1.25,
  })
  candidate.close()
  baseline.close()
}
