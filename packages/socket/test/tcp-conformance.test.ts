import { describe, it } from 'vitest'
import { testKind } from '@ht/core/conformance'
import { AF_INET6, SHUT_WR } from '@ht/core/socket'
import { tcpKind } from '@ht/socket/tcp'
import { acceptFrom, addressOf, connectTo, hasIPv6, listenAt, openTcp, ops, tcpPair } from './support/tcp.js'

testKind(
  { describe, it },
  {
    kind: tcpKind,
    pair: async () => {
      const { client, server } = await tcpPair()
      return { reader: client, writer: server }
    },
    variants: {
      accepted: async () => {
        const { client, server } = await tcpPair()
        return { object: server, cleanup: () => client.release() }
      },
      ...(hasIPv6 ? { 'of IPv6': ipv6Client } : {}),
      new: () => openTcp(),
      bound: () => {
        const socket = openTcp()
        ops(socket).bind('127.0.0.1:0')
        return socket
      },
      'that begins to listen': () => {
        const socket = openTcp()
        ops(socket).listen(1)
        return socket
      },
      'that listens': () => listenAt('127.0.0.1:0'),
      'that connects': async () => {
        const listener = await listenAt('127.0.0.1:0')
        const socket = openTcp()
        ops(socket).connect(addressOf(listener))
        return { object: socket, cleanup: () => listener.release() }
      },
      'that could not connect': async () => {
        const listener = await listenAt('127.0.0.1:0')
        const address = addressOf(listener)
        listener.release()
        const socket = openTcp()
        await connectTo(socket, address)
        return socket
      },
      'that sends no more': async () => {
        const { client, server } = await tcpPair()
        ops(server).shutdown(SHUT_WR)
        return { object: server, cleanup: () => client.release() }
      },
    },
    sockets: { type: 'stream', remote: true, open: () => openTcp(), address: () => '127.0.0.1:0' },
    patienceMs: 600_000,
  },
)

async function ipv6Client() {
  const listener = await listenAt('[::1]:0', 1, AF_INET6)
  const client = openTcp(AF_INET6)
  await connectTo(client, addressOf(listener))
  const server = await acceptFrom(listener)
  listener.release()
  return { object: client, cleanup: () => server.release() }
}
