import { errorFrom } from '@ht/core'
import { testKind } from '@ht/core/conformance'
import { AF_UNIX, SOCK_DGRAM, SOCK_STREAM, SocketOps } from '@ht/core/socket'
import { describe, it } from 'vitest'
import { createLocalSockets, localSocketKind, socketPair } from '../src/index.js'
import { sharedLocalSocketKind } from '../src/shared/index.js'
import { pairs } from './support/pairs.js'
import type { KernelObject } from '@ht/core'

const family = createLocalSockets()
let names = 0
const address = () => `name ${String(++names)}`
const open = (type: number) => () => opened(family.open(AF_UNIX, type, 0))
const kind = localSocketKind

describe.each(Object.entries(pairs))('a stream pair %s', (where, makePair) => {
  const pair = () => {
    const [writer, reader] = makePair()
    return { reader, writer }
  }
  const kindThere = where === 'in one thread' ? kind : sharedLocalSocketKind
  testKind({ describe, it }, { kind: kindThere, pair, sockets: { type: 'stream' } })
})

describe('a stream connection by name', () => {
  testKind(
    { describe, it },
    {
      kind,
      open: open(SOCK_STREAM),
      pair: connection,
      variants: { 'that listens': listening },
      sockets: { type: 'stream', open: open(SOCK_STREAM), address },
    },
  )
})

describe('a datagram pair', () => {
  const pair = () => {
    const [writer, reader] = socketPair({ type: 'datagram' })
    return { reader, writer }
  }
  testKind({ describe, it }, { kind, pair, sockets: { type: 'datagram', open: open(SOCK_DGRAM), address } })
})

function listening(): KernelObject {
  const listener = open(SOCK_STREAM)()
  listener.as(SocketOps)!.bind(address())
  listener.as(SocketOps)!.listen(1)
  return listener
}

/** What a client and who accepted it have. */
function connection() {
  const listener = listening()
  const methods = listener.as(SocketOps)!
  const client = open(SOCK_STREAM)()
  client.as(SocketOps)!.connect(methods.localAddress() as string)
  const accepted = opened(methods.accept())
  listener.release()
  return { reader: accepted, writer: client }
}

function opened(answer: KernelObject | number): KernelObject {
  if (typeof answer === 'number') throw errorFrom(answer)
  return answer
}
