import { describe, expect, it } from 'vitest'
import { ControlOps, errnoOf, FIONREAD, HandleTable, NONBLOCK, openObjectOf, type KernelObject } from '@ht/core'
import {
  AF_INET,
  AF_UNIX,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_KEEPALIVE,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_SNDBUF,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from '@ht/core/socket'
import manifest from '../package.json' with { type: 'json' }
import { createLocalSockets, localSocketKind, socketPair } from '../src/index.js'
import * as numbers from '../src/local/errno.js'
import { no, bytes, on, text, datagrams, open, opened, bound, listening } from './support/local.js'
import { pairs } from './support/pairs.js'

describe('the kind', () => {
  it('carries the version of its package', () => {
    expect(`${localSocketKind.package} ${localSocketKind.version}`).toBe(`${manifest.name} ${manifest.version}`)
  })

  it('has the numbers of its errors from core', () => {
    for (const [code, number] of Object.entries(numbers)) expect(number, code).toBe(errnoOf(code))
  })

  it('is introspected as a socket, read and written', () => {
    const table = new HandleTable()
    const [a] = socketPair({ nonBlocking: true })
    const handle = table.insert(a)
    expect(table.getMetadata(handle)).toEqual({
      handleType: 'IpcChannel',
      accessMode: 'ReadWrite',
      specialSemantics: ['NonBlocking'],
    })
    expect(table.getObjectInfo(handle)).toMatchObject({ objectType: 7, kindName: 'ht:socket', handleRole: 2 })
  })

  it('describes what it is doing in a line', () => {
    const family = createLocalSockets()
    const says = (object: KernelObject) => openObjectOf(object).kind.describe?.(openObjectOf(object))
    const socket = open(family)
    expect(says(socket)).toMatch(/^stream socket \d+, not connected$/)
    const listener = listening(family, 'shop\n\u2028\u{1f600}')
    on(socket).connect('shop\n\u2028\u{1f600}')
    expect(says(listener)).toMatch(/^stream socket \d+ "shop\?\?\u{1f600}", listening, 1 waiting$/u)
    on(socket).send(bytes(5), 0)
    expect(says(opened(on(listener).accept()))).toMatch(/^stream socket \d+ "shop.*", connected to socket \d+, 5 bytes waiting$/u)
    const [a, b] = datagrams()
    on(b).send(bytes(5), 0)
    expect(says(a)).toMatch(/^datagram socket \d+, 1 waiting, sends to socket \d+$/)
    expect(says(open(family, SOCK_DGRAM))).toMatch(/^datagram socket \d+, 0 waiting$/)
    expect(says(bound(family, 'n'.repeat(107)))?.length).toBeLessThan(100)
  })
})

describe('the family', () => {
  it('gives sockets of two types, and one protocol under two numbers', () => {
    const family = createLocalSockets()
    expect(family.domains).toEqual([AF_UNIX])
    for (const call of [family.open, family.pair!]) {
      expect([1, 5].map((protocol) => typeof call(AF_UNIX, SOCK_STREAM, protocol))).toEqual(['object', 'number'])
      expect(call(AF_UNIX, SOCK_STREAM, 5)).toBe(no('EPROTONOSUPPORT'))
      expect(call(AF_UNIX, 4, 5)).toBe(no('EPROTONOSUPPORT'))
      expect(call(AF_UNIX, 5, 0)).toBe(no('ESOCKTNOSUPPORT'))
      expect(call(AF_INET, SOCK_STREAM, 0)).toBe(no('EAFNOSUPPORT'))
    }
  })

  it('gives blocking sockets', () => {
    const family = createLocalSockets()
    const pair = family.pair!(AF_UNIX, SOCK_STREAM, 0) as readonly KernelObject[]
    for (const socket of [open(family), ...pair]) expect(openObjectOf(socket).status).toBe(0)
  })

  it('knows only its own names', () => {
    const [one, other] = [createLocalSockets(), createLocalSockets()]
    listening(one, 'web')
    expect(on(open(other)).connect('web')).toBe(no('ECONNREFUSED'))
    expect(on(open(one)).connect('web')).toBe(0)
    listening(other, 'web')
  })
})

describe('a pair', () => {
  it('is made of streams unless told, by name or by number', () => {
    const type = (options?: Parameters<typeof socketPair>[0]) =>
      socketPair(options).map((socket) => on(socket).option(SOL_SOCKET, SO_TYPE))
    expect(type()).toEqual([SOCK_STREAM, SOCK_STREAM])
    expect(type({ type: 'stream' })).toEqual([SOCK_STREAM, SOCK_STREAM])
    expect(type({ type: 'datagram' })).toEqual([SOCK_DGRAM, SOCK_DGRAM])
    expect(type({ type: SOCK_DGRAM })).toEqual([SOCK_DGRAM, SOCK_DGRAM])
  })

  it('is non-blocking when told', () => {
    expect(socketPair().map((socket) => openObjectOf(socket).status)).toEqual([0, 0])
    expect(socketPair({ nonBlocking: true }).map((socket) => openObjectOf(socket).status)).toEqual([NONBLOCK, NONBLOCK])
  })

  it.each(Object.entries(pairs))('%s has no names, can be given one, and nobody connects to it', (_where, makePair) => {
    const [a, b] = makePair()
    expect([on(a).localAddress(), on(a).peerAddress()]).toEqual(['', ''])
    expect(on(a).bind('me')).toBe(0)
    expect(on(b).peerAddress()).toBe('me')
    expect([on(b).bind('me'), on(b).bind(''), on(b).bind('you')]).toEqual([no('EADDRINUSE'), 0, no('EINVAL')])
    expect(on(a).peerAddress()).toMatch(/^0000\d$/)
    expect([on(a).listen(1), on(a).connect('me'), on(a).accept()]).toEqual([no('EINVAL'), no('ECONNREFUSED'), no('EINVAL')])
    const from = bytes(8)
    on(a).send(bytes(1), 0)
    expect([on(b).receiveFrom(bytes(8), 0, from), text(from)]).toEqual([1, 'me'])
  })
})

describe.each(Object.entries(pairs))('options (socket(7)) of a pair %s', (_where, socketPair) => {
  it.each([
    [0, 4608, 2304],
    [-1, 8_388_608, 8_388_608],
    [2304, 4608, 4608],
    [5000, 10_000, 10_000],
    [2 ** 31 - 1, 8_388_608, 8_388_608],
  ])('a buffer of %i comes to %i for sending and %i for receiving', (asked, sends, receives) => {
    const [a] = socketPair()
    const buffers = [SO_SNDBUF, SO_RCVBUF]
    expect(buffers.map((name) => on(a).option(SOL_SOCKET, name))).toEqual([212_992, 212_992])
    expect(buffers.map((name) => on(a).setOption(SOL_SOCKET, name, asked))).toEqual([0, 0])
    expect(buffers.map((name) => on(a).option(SOL_SOCKET, name))).toEqual([sends, receives])
  })

  it('the receive buffer bounds nothing', () => {
    const [a, b] = socketPair()
    on(b).setOption(SOL_SOCKET, SO_RCVBUF, 0)
    expect(on(a).send(bytes(300_000), 0)).toBe(212_992)
  })

  it('another level has none', () => {
    const [a] = socketPair()
    for (const level of [0, 6, 41]) {
      expect([on(a).option(level, 1), on(a).setOption(level, 1, 1)]).toEqual([no('ENOTSUP'), no('ENOTSUP')])
    }
  })

  it('tell the family, and keep what Linux keeps', () => {
    const [a] = socketPair()
    const names = [SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN, SO_KEEPALIVE]
    on(a).setOption(SOL_SOCKET, SO_KEEPALIVE, 7)
    expect(names.map((name) => on(a).option(SOL_SOCKET, name))).toEqual([AF_UNIX, 0, 0, 1])
  })
})

describe('control requests', () => {
  it('FIONREAD wants room for its answer, and others are unknown', () => {
    const control = socketPair()[0].as(ControlOps)
    expect(control.control(FIONREAD, bytes(3))).toBe(no('EINVAL'))
    expect(control.control(1, bytes(4))).toBe(no('ENOTTY'))
  })
})
