import { describe, expect, it } from 'vitest'
import { ERR, HandleTable, IN, NONBLOCK, openObjectOf, OUT, RDHUP, readAsync, whenReady, type KernelObject } from '@ht/core'
import { SHUT_RD, SHUT_WR, SO_SNDBUF, SOCK_DGRAM, SOL_SOCKET } from '@ht/core/socket'
import { createLocalSockets } from '../src/index.js'
import { no, bytes, on, bits, text, settle, datagrams, open, bound, sending } from './support/local.js'

describe('a datagram socket', () => {
  it('takes eleven from those that it is not connected to, and tells them of room', async () => {
    const family = createLocalSockets()
    const receiver = bound(family, 'log', SOCK_DGRAM)
    const sender = open(family, SOCK_DGRAM)
    const answers = Array.from({ length: 12 }, () => on(sender).sendTo(bytes(1), 0, 'log'))
    expect(answers).toEqual([...Array<number>(11).fill(1), no('EAGAIN')])
    expect(bits(sender)).toBe(OUT)
    on(sender).connect('log')
    expect(bits(sender)).toBe(0)
    const sent = sending(sender, bytes(2))
    const ready = whenReady(sender, OUT)
    await settle()
    on(receiver).receive(bytes(1), 0)
    expect(await sent).toBe(2)
    on(receiver).receive(bytes(1), 0)
    expect(await ready).toBe(OUT)
  })

  it('of several sends of one socket that wait, each goes when its receiver has room', async () => {
    const family = createLocalSockets()
    const names = ['one', 'two']
    const receivers = names.map((name) => bound(family, name, SOCK_DGRAM))
    const sender = open(family, SOCK_DGRAM)
    for (const name of names) while (on(sender).sendTo(bytes(1), 0, name) === 1);
    const sent = names.map((name) => sending(sender, bytes(1), name))
    await settle()
    for (const [i, receiver] of receivers.entries()) {
      on(receiver).receive(bytes(1), 0)
      expect(await sent[i]).toBe(1)
    }
  })

  it('a sender that waits hears that the receiver has gone, or receives no more', async () => {
    const family = createLocalSockets()
    for (const [end, code] of [
      [(it: KernelObject) => it.release(), 'ECONNREFUSED'],
      [(it: KernelObject) => on(it).shutdown(SHUT_RD), 'EPIPE'],
    ] as const) {
      const receiver = bound(family, '', SOCK_DGRAM)
      const name = on(receiver).localAddress() as string
      const sender = open(family, SOCK_DGRAM)
      for (let i = 0; i < 11; i++) on(sender).sendTo(bytes(1), 0, name)
      const sent = sending(sender, bytes(1), name)
      await settle()
      end(receiver)
      expect(await sent).toBe(no(code))
    }
  })

  it('one connected to the sender takes what the sender’s buffer allows, empty ones too', () => {
    for (const [length, count] of [
      [0, 278],
      [1, 277],
      [65_536, 4],
      [200_000, 2],
    ] as const) {
      const [a, b] = datagrams()
      let sent = 0
      while (on(a).send(bytes(length), 0) === length) sent++
      expect([length, sent]).toEqual([length, count])
      expect(bits(a)).toBe(0)
      while (bits(a) === 0) on(b).receive(bytes(1), 0)
      expect(on(a).send(bytes(length), 0)).toBe(length)
    }
  })

  it('is a copy of what was sent, of a Buffer too', () => {
    const [a, b] = datagrams()
    const sent = Buffer.from('hello')
    on(a).send(sent, 0)
    sent.fill(0)
    const out = new Uint8Array(8)
    expect([on(b).receive(out, 0), text(out)]).toEqual([5, 'hello'])
  })

  it('a sender that waits hears that the receiver has connected: to it, or to another', async () => {
    for (const [to, answer] of [
      ['sender', 1],
      ['other', no('EPERM')],
    ] as const) {
      const family = createLocalSockets()
      const [receiver, sender] = [bound(family, 'log', SOCK_DGRAM), bound(family, 'sender', SOCK_DGRAM)]
      bound(family, 'other', SOCK_DGRAM)
      while (on(sender).sendTo(bytes(1), 0, 'log') === 1);
      const sent = sending(sender, bytes(1), 'log')
      await settle()
      on(receiver).connect(to)
      expect(await sent).toBe(answer)
    }
  })

  it('one that is closed, and used through a reference, waits nowhere', () => {
    const family = createLocalSockets()
    const table = new HandleTable()
    const receiver = bound(family, 'log', SOCK_DGRAM)
    const handle = table.insert(open(family, SOCK_DGRAM))
    const closed = table.get(handle)!
    table.close(handle)
    while (on(closed).sendTo(bytes(1), 0, 'log') === 1);
    let wakes = 0
    openObjectOf(closed)
      .kind.ready?.changes(openObjectOf(closed))
      .add(() => wakes++)
    on(receiver).receive(bytes(1), 0)
    expect(wakes).toBe(0)
  })

  it('what is under way is given back when the receiver goes', () => {
    const [a, b] = datagrams()
    while (on(a).send(bytes(1000), 0) > 0);
    b.release()
    expect(bits(a)).toBe(OUT)
  })

  it('can be as long as the send buffer but 32 bytes', () => {
    const [a, b] = datagrams()
    expect([212_961, 212_960].map((length) => on(a).send(bytes(length), 0))).toEqual([no('EMSGSIZE'), 212_960])
    expect(on(b).receive(bytes(300_000), 0)).toBe(212_960)
    on(a).setOption(SOL_SOCKET, SO_SNDBUF, 0)
    expect([4577, 4576].map((length) => on(a).send(bytes(length), 0))).toEqual([no('EMSGSIZE'), 4576])
  })

  it('its errors come in Linux’s order: length, shutdown, address, and EPERM', () => {
    const family = createLocalSockets()
    const [long, short] = [bytes(300_000), bytes(1)]
    const sender = open(family, SOCK_DGRAM)
    expect([on(sender).send(long, 0), on(sender).send(short, 0)]).toEqual([no('EMSGSIZE'), no('ENOTCONN')])
    expect(on(sender).sendTo(long, 0, '')).toBe(no('EINVAL'))
    on(sender).shutdown(SHUT_WR)
    expect([on(sender).send(long, 0), on(sender).send(short, 0)]).toEqual([no('EMSGSIZE'), no('EPIPE')])
    expect(on(sender).sendTo(short, 0, 'nobody')).toBe(no('EPIPE'))
    const [one, two] = [bound(family, 'one', SOCK_DGRAM), bound(family, 'two', SOCK_DGRAM)]
    on(one).connect('two')
    on(one).shutdown(SHUT_RD)
    const stranger = open(family, SOCK_DGRAM)
    expect(on(stranger).sendTo(short, 0, 'one')).toBe(no('EPERM'))
    expect(on(stranger).connect('one')).toBe(no('EPERM'))
    expect(on(two).sendTo(short, 0, 'one')).toBe(no('EPIPE'))
  })

  it('with another peer drops what came, and the old peer is told ECONNRESET, once', () => {
    const family = createLocalSockets()
    const [one, two] = [bound(family, 'one', SOCK_DGRAM), bound(family, 'two', SOCK_DGRAM)]
    bound(family, 'three', SOCK_DGRAM)
    on(one).connect('two')
    on(two).connect('one')
    on(two).send(bytes(1), 0)
    on(one).connect('two')
    expect(bits(one)).toBe(IN | OUT)
    on(one).connect('three')
    expect([bits(one), bits(two)]).toEqual([OUT, OUT | ERR])
    expect([1, 2].map(() => on(two).receive(bytes(1), 0))).toEqual([no('ECONNRESET'), no('EAGAIN')])
  })

  it('a peer that has gone is ECONNREFUSED once, then ENOTCONN; its name stays until then', () => {
    const family = createLocalSockets()
    const [one, two] = [bound(family, 'one', SOCK_DGRAM), bound(family, 'two', SOCK_DGRAM)]
    on(one).connect('two')
    two.release()
    expect([bits(one), on(one).peerAddress()]).toEqual([OUT, 'two'])
    expect([1, 2].map(() => on(one).send(bytes(0), 0))).toEqual([no('ECONNREFUSED'), no('ENOTCONN')])
    expect(on(one).peerAddress()).toBe(no('ENOTCONN'))
  })

  it('one that came from elsewhere is no loss of the old peer’s, and a peer that was left has no error', () => {
    const family = createLocalSockets()
    const [one, two] = [bound(family, 'one', SOCK_DGRAM), bound(family, 'two', SOCK_DGRAM)]
    const three = bound(family, 'three', SOCK_DGRAM)
    on(two).sendTo(bytes(1), 0, 'one')
    on(one).connect('two')
    expect(bits(one)).toBe(IN | OUT)
    on(two).connect('three')
    on(one).connect('three')
    expect([one, two, three].map(bits)).toEqual([OUT, OUT, OUT])
  })

  it('a send that finds its peer gone drops what came', () => {
    const [a, b] = datagrams()
    on(b).send(bytes(1), 0)
    b.release()
    expect(bits(a)).toBe(IN | OUT)
    expect([on(a).send(bytes(1), 0), bits(a)]).toEqual([no('ECONNREFUSED'), OUT])
    expect(on(a).receive(bytes(1), 0)).toBe(no('EAGAIN'))
  })

  it('says OUT again when three quarters are free, and wakes who waits then, once', () => {
    const [a, b] = datagrams()
    on(a).setOption(SOL_SOCKET, SO_SNDBUF, 4000)
    while (on(a).send(bytes(232), 0) > 0);
    let wakes = 0
    openObjectOf(a)
      .kind.ready?.changes(openObjectOf(a))
      .add(() => wakes++)
    const seen = Array.from({ length: 8 }, () => on(b).receive(bytes(232), 0) && [bits(a), wakes])
    expect(seen).toEqual([...Array<number[]>(5).fill([0, 0]), ...Array<number[]>(3).fill([OUT, 1])])
  })

  it('tells the sender’s name as it is when it is received', () => {
    const family = createLocalSockets()
    const receiver = bound(family, 'log', SOCK_DGRAM)
    const [late, gone] = [open(family, SOCK_DGRAM), bound(family, 'gone', SOCK_DGRAM)]
    on(late).sendTo(bytes(1), 0, 'log')
    on(gone).sendTo(bytes(1), 0, 'log')
    on(late).bind('late')
    gone.release()
    const from = new Uint8Array(16)
    expect([1, 2].map(() => on(receiver).receiveFrom(bytes(1), 0, from) && text(from))).toEqual(['late', 'gone'])
  })

  it('can send to itself', () => {
    const socket = bound(createLocalSockets(), 'me', SOCK_DGRAM)
    for (let i = 0; i < 20; i++) expect(on(socket).sendTo(bytes(3), 0, 'me')).toBe(3)
    on(socket).connect('me')
    expect(on(socket).send(bytes(3), 0)).toBe(3)
    expect(on(socket).receive(bytes(8), 0)).toBe(3)
  })

  it('that receives no more answers 0 to who waits, and EAGAIN to who does not', async () => {
    const [a, b] = datagrams()
    const read = readAsync(a, bytes(8))
    await settle()
    on(a).shutdown(SHUT_RD)
    expect([await read, bits(a)]).toEqual([0, IN | OUT | RDHUP])
    openObjectOf(a).status = NONBLOCK
    expect(on(a).receive(bytes(8), 0)).toBe(no('EAGAIN'))
    expect(on(b).send(bytes(1), 0)).toBe(no('EPIPE'))
  })
})
