import { expect, it } from 'vitest'
import { ControlOps, FIONREAD, IN, openObjectOf, readiness, StreamOps, type KernelObject } from '@ht/core'
import { createTcpSockets } from '@ht/socket/tcp'
import { acceptFrom, addressOf, connectTo, hear, listenAt, openTcp, ops, say, shown, tcpPair } from './support/tcp.js'

const NOT_ADDRESSES = [
  '',
  ':',
  '127.0.0.1',
  '127.0.0.1:',
  ':80',
  '127.0.0.1:65536',
  '127.0.0.1:-1',
  '127.0.0.1:8e1',
  '127.0.0.1: 80',
  ' 127.0.0.1:80',
  '127.0.0.1:80\n',
  '127.0.0.1:0000080',
  '::1:80',
  '[::1]',
  '[::1:80',
  '[::g]:80',
  '[127.0.0.1]:80',
  '[]:80',
  '[::1%]:80',
  '[::1%a b]:80',
  '[::1%lo]:80',
  '[::%1]:80',
  '[::ffff:127.0.0.1%lo]:80',
  '[2001:db8::1%eth0]:80',
  '[fe80::1%]:80',
  'a/b:80',
  'a b:80',
  'a@b:80',
  `${'a'.repeat(254)}:80`,
]

it('what is no address is EINVAL to bind and connect', () => {
  const socket = openTcp()
  for (const text of NOT_ADDRESSES) {
    expect([text, shown(ops(socket).bind(text)), shown(ops(socket).connect(text))]).toEqual([text, 'EINVAL', 'EINVAL'])
  }
  expect(ops(socket).localAddress()).toBe('')
})

it('a host name is no address to bind to: EINVAL', () => {
  for (const name of ['localhost:80', '127.1:80', '999.0.0.1:80']) expect(shown(ops(openTcp()).bind(name))).toBe('EINVAL')
})

it('arguments of the wrong sort are refused by name, and change nothing', async () => {
  const { client, server } = await tcpPair()
  const methods = ops(client) as unknown as Record<string, (...args: unknown[]) => unknown>
  const calls: [string, unknown[]][] = [
    ['bind', [undefined]],
    ['bind', ['127.0.0.1:0\0']],
    ['connect', [80]],
    ['listen', ['1']],
    ['listen', [1.5]],
    ['shutdown', [NaN]],
    ['send', ['text', 0]],
    ['send', [new Uint8Array(1), undefined]],
    ['sendTo', [new Uint8Array(1), 0, null]],
    ['receive', [new Uint16Array(1), 0]],
    ['receiveFrom', [new Uint8Array(1), 0, undefined]],
    ['option', [1, 2 ** 60]],
    ['setOption', [1, 9, true]],
  ]
  for (const [name, args] of calls) {
    expect(() => methods[name]?.(...args), `${name}(${String(args)})`).toThrow(/^EINVAL: (argument \d|buffer)/)
  }
  await say(client, 'hello')
  expect(await hear(server)).toBe('hello')
  client.release()
  server.release()
})

it('bytes whose memory was detached are EFAULT', async () => {
  const { client, server } = await tcpPair()
  const bytes = new Uint8Array(8)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  expect(() => client.as(StreamOps)?.write(bytes)).toThrow(/EFAULT/)
  expect(() => client.as(StreamOps)?.read(bytes)).toThrow(/EFAULT/)
  client.release()
  server.release()
})

it('a shutdown of what there is not, a control of what nobody knows, too small an argument', () => {
  const socket = openTcp()
  expect([-1, 3, 2 ** 31].map((how) => shown(ops(socket).shutdown(how)))).toEqual(['EINVAL', 'EINVAL', 'EINVAL'])
  expect([0, 1, 2].map((how) => shown(ops(socket).shutdown(how)))).toEqual(['ENOTCONN', 'ENOTCONN', 'ENOTCONN'])
  const control = (request: number, length: number) => shown(socket.as(ControlOps)?.control(request, new Uint8Array(length)) ?? 0)
  expect([control(1, 4), control(FIONREAD, 3), control(FIONREAD, 4)]).toEqual(['ENOTTY', 'EINVAL', 0])
})

it('a backlog of 0 has room for one, and one below or huge is the most there is', async () => {
  for (const backlog of [0, -1, 2 ** 40]) {
    const listener = await listenAt('127.0.0.1:0', backlog)
    const client = openTcp()
    expect(await connectTo(client, addressOf(listener))).toBe(0)
    const accepted = await acceptFrom(listener)
    for (const socket of [client, accepted]) socket.release()
    listener.release()
  }
})

it('a socket that was closed is EBADF for who still has a reference to it', async () => {
  const { client, server } = await tcpPair()
  const open = openObjectOf(client)
  const methods = open.kind.methods['ht:socket'] as Record<string, (...args: unknown[]) => KernelObject | number>
  client.release()
  const bytes = new Uint8Array(1)
  const answers = [
    methods['bind']?.(open, '127.0.0.1:0'),
    methods['listen']?.(open, 1),
    methods['accept']?.(open),
    methods['connect']?.(open, '127.0.0.1:1'),
    methods['shutdown']?.(open, 2),
    methods['send']?.(open, bytes, 0),
    methods['receive']?.(open, bytes, 0),
    methods['localAddress']?.(open),
    methods['peerAddress']?.(open),
  ]
  expect(answers.map((it) => shown(it ?? 0))).toEqual(Array(9).fill('EBADF'))
  expect(readiness(open) & IN).toBe(IN)
  server.release()
})

it('options of the wrong shape are refused', () => {
  const create = createTcpSockets as (options: unknown) => unknown
  for (const options of [null, 1, 'x', { allow: true }, { allow: null }]) {
    expect(() => create(options)).toThrow(/^EINVAL: options/)
  }
})
