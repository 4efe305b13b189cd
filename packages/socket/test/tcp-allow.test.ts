import { afterEach, expect, it } from 'vitest'
import { openObjectOf, OUT, whenReady, type KernelObject } from '@ht/core'
import { AF_INET, AF_INET6 } from '@ht/core/socket'
import { createTcpSockets } from '@ht/socket/tcp'
import {
  acceptFrom,
  addressOf,
  answered,
  connectTo,
  hostSockets,
  listenAt,
  openTcp,
  ops,
  PATIENCE,
  shown,
} from './support/tcp.js'

type Asked = [call: string, address: string]

const kept: KernelObject[] = []
afterEach(() => {
  for (const socket of kept.splice(0)) socket.release()
})

/** A socket whose family asks, and what it asked. */
function restricted(permits: (call: string, address: string) => unknown, domain = AF_INET) {
  const asked: Asked[] = []
  const family = createTcpSockets({
    allow(call, address) {
      asked.push([call, address])
      return permits(call, address) as boolean
    },
  })
  const socket = openTcp(domain, family)
  kept.push(socket)
  return { socket, asked, family }
}

async function listening(): Promise<{ listener: KernelObject; address: string; port: string }> {
  const listener = await listenAt('127.0.0.1:0')
  kept.push(listener)
  const address = addressOf(listener)
  return { listener, address, port: address.split(':').at(-1) ?? '' }
}

it('what is allowed connects and listens; what accepts asks nothing', async () => {
  const { address } = await listening()
  const { socket, asked, family } = restricted(() => true)
  expect(await connectTo(socket, address)).toBe(0)
  const listener = await listenAt('127.0.0.1:0', 1, AF_INET, family)
  kept.push(listener)
  expect(asked).toEqual([
    ['connect', address],
    ['listen', '127.0.0.1:0'],
  ])
})

it('what is not allowed is EACCES, and changes nothing', async () => {
  const { address } = await listening()
  const { socket } = restricted((_, at) => at !== address && !at.endsWith(':7'))
  expect(shown(ops(socket).connect(address))).toBe('EACCES')
  expect(shown(ops(socket).connect('example.invalid:7'))).toBe('EACCES')
  expect(ops(socket).bind('127.0.0.1:7')).toBe(0)
  expect(shown(ops(socket).listen(1))).toBe('EACCES')
  expect(await connectTo(socket, '127.0.0.1:1')).not.toBe('EACCES')
})

it('only true allows: neither a promise, nor 1, nor an error does', () => {
  for (const answer of [Promise.resolve(true), 1, 'yes', undefined]) {
    const { socket } = restricted(() => answer)
    expect([ops(socket).connect('127.0.0.1:1'), ops(socket).listen(1)].map(shown)).toEqual(['EACCES', 'EACCES'])
  }
  const { socket } = restricted(() => {
    throw new Error('the policy is broken')
  })
  expect([ops(socket).connect('127.0.0.1:1'), ops(socket).listen(1)].map(shown)).toEqual(['EACCES', 'EACCES'])
})

it('of a host name it is asked about the name and then about each of its addresses', async () => {
  const { port } = await listening()
  const { socket, asked } = restricted(() => true)
  expect(await connectTo(socket, `localhost:${port}`)).toBe(0)
  expect(asked).toEqual([
    ['connect', `localhost:${port}`],
    ['connect', `127.0.0.1:${port}`],
  ])
})

it('a name that is allowed leads to no address that is not', async () => {
  const { listener, port } = await listening()
  const { socket } = restricted((_, address) => address.startsWith('localhost'))
  expect(await connectTo(socket, `localhost:${port}`)).toBe('EACCES')
  // Whoever connects next is the first to come.
  const other = openTcp()
  kept.push(other)
  await connectTo(other, addressOf(listener))
  const accepted = await acceptFrom(listener)
  kept.push(accepted)
  expect(ops(accepted).peerAddress()).toBe(addressOf(other))
  expect(shown(ops(listener).accept())).toBe('EAGAIN')
})

it('a name that is not allowed is not looked up', () => {
  const { socket, asked } = restricted((_, address) => !address.startsWith('localhost'))
  expect(shown(ops(socket).connect('localhost:80'))).toBe('EACCES')
  expect(asked).toEqual([['connect', 'localhost:80']])
})

it('each address is shown in one form, however it was written', async () => {
  const forms: [number, string, string][] = [
    [AF_INET6, '[0:0:0:0:0:0:0:1]:80', '[::1]:80'],
    [AF_INET6, '[2001:DB8::0:1]:080', '[2001:db8::1]:80'],
    [AF_INET6, '[::ffff:7f00:1]:80', '127.0.0.1:80'],
    [AF_INET6, '[::]:80', '[::1]:80'],
    [AF_INET6, '[::ffff:0:0]:80', '127.0.0.1:80'],
    [AF_INET, '0.0.0.0:00080', '127.0.0.1:80'],
    [AF_INET6, '[FE80:0::1%eth0]:80', '[fe80::1%eth0]:80'],
    [AF_INET, 'LocalHost:80', 'localhost:80'],
  ]
  for (const [domain, written, wanted] of forms) {
    const { socket, asked } = restricted(() => false, domain)
    expect(shown(ops(socket).connect(written))).toBe('EACCES')
    expect(asked).toEqual([['connect', wanted]])
  }
  const { socket, asked } = restricted(() => false, AF_INET6)
  ops(socket).bind('[::ffff:127.0.0.1]:0')
  expect(await answered(socket, () => ops(socket).listen(1))).toBe('EACCES')
  expect(asked).toEqual([['listen', '127.0.0.1:0']])
})

it('what only looks like a name is asked about as the address that it is', async () => {
  const { port } = await listening()
  // An old way of writing 127.0.0.1, which the system's resolver knows.
  const { socket, asked } = restricted((_, address) => !address.startsWith('127.0.0.1:'))
  expect(await connectTo(socket, `127.1:${port}`)).toBe('EACCES')
  expect(asked).toEqual([
    ['connect', `127.1:${port}`],
    ['connect', `127.0.0.1:${port}`],
  ])
})

it('who is asked may use the socket: what it did stands, and the call comes to nothing', async () => {
  const before = hostSockets().length
  for (const call of ['connect', 'listen'] as const) {
    const { socket } = restricted(() => {
      kept.splice(kept.indexOf(socket), 1)
      socket.release()
      return true
    })
    const held = openObjectOf(socket)
    expect(shown(call === 'connect' ? ops(socket).connect('127.0.0.1:1') : ops(socket).listen(1))).toBe('EBADF')
    expect(held.released).toBe(true)
  }
  const { socket } = restricted((_, address) => {
    if (address === '127.0.0.1:1') expect(shown(ops(socket).connect('127.0.0.1:2'))).toBe('EINPROGRESS')
    return true
  })
  expect(shown(ops(socket).connect('127.0.0.1:1'))).toBe('EINVAL')
  await whenReady(socket, OUT, PATIENCE)
  expect(shown(ops(socket).connect('127.0.0.1:2'))).toBe('ECONNREFUSED')
  expect(hostSockets().length).toBe(before)
})
