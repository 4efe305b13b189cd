import { describe, expect, it } from 'vitest'
import {
  ControlOps,
  ERR,
  FIONREAD,
  HandleTable,
  HUP,
  IN,
  NONBLOCK,
  openObjectOf,
  OUT,
  RDHUP,
  StreamOps,
  untilAnswered,
  whenReady,
  type KernelObject,
} from '@ht/core'
import { SHUT_RD, SHUT_RDWR, SO_SNDBUF, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET } from '@ht/core/socket'
import { createLocalSockets, socketPair } from '../src/index.js'
import { no, bytes, on, bits, settle, open, opened, bound, listening, fillBacklog, connecting } from './support/local.js'

describe('names (unix(7))', () => {
  it('are texts of up to 107 bytes', () => {
    const family = createLocalSockets()
    expect(on(open(family)).bind('n'.repeat(107))).toBe(0)
    expect(on(open(family)).bind('n'.repeat(108))).toBe(no('EINVAL'))
    expect(on(open(family)).bind('\u{1f600}'.repeat(26))).toBe(0)
    expect(on(open(family)).bind('\u{1f600}'.repeat(27))).toBe(no('EINVAL'))
    expect(on(open(family)).connect('n'.repeat(108))).toBe(no('EINVAL'))
    expect(on(open(family, SOCK_DGRAM)).sendTo(bytes(1), 0, 'n'.repeat(108))).toBe(no('EINVAL'))
  })

  it('an empty one asks for one that is free, unless it has one', () => {
    const family = createLocalSockets()
    bound(family, '00002')
    const names = [1, 2].map(() => {
      const socket = bound(family, '')
      expect(on(socket).bind('')).toBe(0)
      return on(socket).localAddress()
    })
    expect(names).toEqual(['00001', '00003'])
    const named = bound(family, 'mine')
    expect(on(named).bind('')).toBe(0)
    expect(on(named).localAddress()).toBe('mine')
    expect(on(open(family)).connect('')).toBe(no('EINVAL'))
  })

  it('a stream and a datagram socket may have the same, and do not find each other', () => {
    const family = createLocalSockets()
    listening(family, 'both')
    const datagram = bound(family, 'both', SOCK_DGRAM)
    on(datagram).bind('both')
    expect(on(open(family)).connect('both')).toBe(0)
    expect(on(open(family, SOCK_DGRAM)).connect('both')).toBe(0)
    bound(family, 'stream only')
    expect(on(open(family, SOCK_DGRAM)).sendTo(bytes(1), 0, 'stream only')).toBe(no('ECONNREFUSED'))
  })

  it('go with the last holder, and not before; what was accepted holds none', () => {
    const family = createLocalSockets()
    const table = new HandleTable()
    const listener = listening(family, 'web')
    const client = open(family)
    on(client).connect('web')
    const accepted = opened(on(listener).accept())
    const handle = table.insert(listener)
    const copy = table.dup(handle)
    table.close(handle)
    expect(on(open(family)).bind('web')).toBe(no('EADDRINUSE'))
    table.close(copy)
    const next = listening(family, 'web')
    accepted.release()
    expect(on(open(family)).connect('web')).toBe(0)
    next.release()
  })

  it('a closed socket takes none, though somebody still has a reference', () => {
    const family = createLocalSockets()
    const table = new HandleTable()
    for (const type of [SOCK_STREAM, SOCK_DGRAM]) {
      listening(family, `at ${String(type)}`)
      const handle = table.insert(open(family, type))
      const reference = table.get(handle)!
      table.close(handle)
      const closed = on(reference)
      expect([closed.bind('late'), closed.connect(`at ${String(type)}`)]).toEqual([no('EBADF'), no('EBADF')])
      expect(closed.listen(1)).toBe(no(type === SOCK_STREAM ? 'EBADF' : 'ENOTSUP'))
      reference.release()
      bound(family, 'late', type)
    }
  })
})

describe('a backlog (listen(2))', () => {
  it.each([
    [0, 1],
    [1, 2],
    [5, 6],
    [-1, 4097],
    [1_000_000, 4097],
  ])('of %i has room for %i', (backlog, room) => {
    const family = createLocalSockets()
    listening(family, 'web', backlog)
    expect(fillBacklog(family, 'web')).toBe(room)
  })

  it('that is full is told before anything else of who connects', () => {
    const family = createLocalSockets()
    const listener = listening(family, 'web', 0)
    const client = open(family)
    on(client).connect('web')
    expect([client, listener].map((socket) => on(socket).connect('web'))).toEqual([no('EAGAIN'), no('EAGAIN')])
    expect([client, listener].map((socket) => on(socket).connect('nobody'))).toEqual(Array(2).fill(no('ECONNREFUSED')))
    on(listener).accept()
    expect([client, listener].map((socket) => on(socket).connect('web'))).toEqual([no('EISCONN'), no('EINVAL')])
  })

  it('that grows lets in who waits', async () => {
    const family = createLocalSockets()
    const listener = listening(family, 'web', 0)
    fillBacklog(family, 'web')
    const connected = connecting(open(family), 'web')
    await settle()
    on(listener).listen(1)
    expect(await connected).toBe(0)
  })

  it('whose listener closes, or receives no more, ends the wait', async () => {
    const family = createLocalSockets()
    for (const end of [(it: KernelObject) => it.release(), (it: KernelObject) => on(it).shutdown(SHUT_RD)]) {
      const listener = listening(family, '', 0)
      const name = on(listener).localAddress() as string
      fillBacklog(family, name)
      const connected = connecting(open(family), name)
      await settle()
      end(listener)
      expect(await connected).toBe(no('ECONNREFUSED'))
    }
  })

  it('many who wait get in one after the other', async () => {
    const family = createLocalSockets()
    const listener = listening(family, 'web', 0)
    const clients = Array.from({ length: 50 }, () => open(family))
    const connected = Promise.all(clients.map((client) => connecting(client, 'web')))
    for (let i = 0; i < clients.length; i++) {
      await whenReady(listener, IN)
      opened(on(listener).accept()).release()
    }
    expect(await connected).toEqual(clients.map(() => 0))
  })

  it('does not wake who gave up and closed', () => {
    const family = createLocalSockets()
    const listener = listening(family, 'web', 0)
    fillBacklog(family, 'web')
    const client = open(family)
    expect(on(client).connect('web')).toBe(no('EAGAIN'))
    const hold = openObjectOf(client)
    client.release()
    let wakes = 0
    hold.kind.ready?.changes(hold).add(() => wakes++)
    on(listener).accept()
    expect(wakes).toBe(0)
  })
})

describe('who waits and does something when woken', () => {
  const onChange = (socket: KernelObject, wake: () => void) =>
    openObjectOf(socket).kind.ready!.changes(openObjectOf(socket)).add(wake)

  it('may have another one refused, which is not woken when it has closed', () => {
    const family = createLocalSockets()
    const listener = listening(family, 'web', 0)
    fillBacklog(family, 'web')
    const [one, two, quick] = [open(family), open(family), open(family)]
    for (const socket of [one, two]) on(socket).connect('web')
    const answers: number[] = []
    const leave = onChange(one, () => answers.push(on(quick).connect('web'), on(two).connect('web')))
    opened(on(listener).accept())
    leave()
    expect(answers).toEqual([0, no('EAGAIN')])
    const hold = openObjectOf(two)
    two.release()
    let wakes = 0
    hold.kind.ready?.changes(hold).add(() => wakes++)
    opened(on(listener).accept())
    expect(wakes).toBe(0)
  })

  it('may close the listener that is accepting: what was accepted is whole, the others are reset', () => {
    const family = createLocalSockets()
    const listener = listening(family, 'web', 1)
    const clients = [open(family), open(family)]
    for (const client of clients) on(client).connect('web')
    const late = open(family)
    on(late).connect('web')
    onChange(late, () => {
      listener.release()
    })
    const accepted = opened(on(listener).accept())
    expect(on(clients[0]!).send(bytes(3), 0)).toBe(3)
    expect(on(accepted).receive(bytes(8), 0)).toBe(3)
    expect(on(clients[1]!).receive(bytes(8), 0)).toBe(no('ECONNRESET'))
    expect(on(late).connect('web')).toBe(no('ECONNREFUSED'))
  })

  it('may close the listener that it was told a connection of', () => {
    const family = createLocalSockets()
    const listener = listening(family, 'web')
    const client = open(family)
    onChange(listener, () => {
      listener.release()
    })
    expect(on(client).connect('web')).toBe(0)
    expect([1, 2].map(() => on(client).receive(bytes(8), 0))).toEqual([no('ECONNRESET'), 0])
  })

  it('gets no connection from a listener that is closing', () => {
    const family = createLocalSockets()
    const table = new HandleTable()
    const handle = table.insert(listening(family, 'web'))
    const listener = table.get(handle)!
    on(open(family)).connect('web')
    const answers: unknown[] = []
    onChange(listener, () => answers.push(on(listener).accept(), on(open(family)).connect('web')))
    table.close(handle)
    expect(answers.slice(0, 2)).toEqual([no('EINVAL'), no('ECONNREFUSED')])
  })

  it('may close either side while bytes are sent and received', () => {
    for (const ends of ['near', 'far'] as const) {
      const [near, far] = socketPair()
      onChange(far, () => {
        ;({ near, far })[ends].release()
      })
      expect(on(near).send(bytes(3), 0)).toBe(3)
      if (ends === 'near') expect([1, 2].map(() => on(far).receive(bytes(8), 0))).toEqual([3, 0])
      else expect([1, 2].map(() => on(near).receive(bytes(8), 0))).toEqual([no('ECONNRESET'), 0])
    }
  })
})

describe('a listener', () => {
  it('that closes resets those who wait, once', () => {
    const family = createLocalSockets()
    const listener = listening(family, 'web')
    const [one, two] = [open(family), open(family)]
    for (const client of [one, two]) on(client).connect('web')
    listener.release()
    expect(bits(one)).toBe(IN | OUT | ERR | HUP | RDHUP)
    expect([1, 2, 3].map(() => on(one).receive(bytes(4), 0))).toEqual([no('ECONNRESET'), 0, 0])
    expect([1, 2].map(() => on(two).send(bytes(4), 0))).toEqual([no('EPIPE'), no('EPIPE')])
  })

  it('that receives no more gives out those who wait, and refuses the next', () => {
    const family = createLocalSockets()
    const listener = listening(family, 'web')
    on(open(family)).connect('web')
    on(listener).shutdown(SHUT_RD)
    expect(bits(listener)).toBe(IN | RDHUP)
    expect(on(open(family)).connect('web')).toBe(no('ECONNREFUSED'))
    opened(on(listener).accept())
    expect(on(listener).accept()).toBe(no('EINVAL'))
    openObjectOf(listener).status = NONBLOCK
    expect(on(listener).accept()).toBe(no('EAGAIN'))
  })

  it('an accept under way ends when it receives no more', async () => {
    const listener = listening(createLocalSockets(), 'web')
    const accepted = untilAnswered(openObjectOf(listener), () => on(listener).accept() as number, {}, 'accept')
    await settle()
    on(listener).shutdown(SHUT_RDWR)
    expect(await accepted).toBe(no('EINVAL'))
  })

  it('keeps its send buffer to itself; who connects brings one along', () => {
    const family = createLocalSockets()
    const listener = listening(family, 'web')
    on(listener).setOption(SOL_SOCKET, SO_SNDBUF, 7000)
    const client = open(family)
    on(client).setOption(SOL_SOCKET, SO_SNDBUF, 5000)
    on(client).connect('web')
    const accepted = opened(on(listener).accept())
    expect([client, accepted].map((socket) => on(socket).option(SOL_SOCKET, SO_SNDBUF))).toEqual([10_000, 212_992])
    expect(on(client).send(bytes(20_000), 0)).toBe(10_000)
    expect(on(accepted).send(bytes(300_000), 0)).toBe(212_992)
  })

  it('tells neither bytes nor, when it is new, a peer', () => {
    const listener = listening(createLocalSockets(), 'web')
    expect(listener.as(ControlOps)!.control(FIONREAD, bytes(4))).toBe(no('EINVAL'))
    expect(on(listener).peerAddress()).toBe(no('ENOTCONN'))
    expect([on(listener).send(bytes(1), 0), on(listener).receive(bytes(1), 0)]).toEqual([no('ENOTCONN'), no('EINVAL')])
    expect(on(listener).sendTo(bytes(1), 0, 'web')).toBe(no('ENOTSUP'))
  })
})

describe('all that was closed', () => {
  it('leaves nothing behind, in whatever order: names, connections, those who wait', () => {
    const family = createLocalSockets()
    for (let order = 0; order < 24; order++) {
      const listener = listening(family, 'web', 0)
      const [client, refused, datagram] = [open(family), open(family), bound(family, 'log', SOCK_DGRAM)]
      on(client).connect('web')
      on(refused).connect('web')
      on(datagram).sendTo(bytes(1), 0, 'log')
      const objects = [listener, client, refused, datagram]
      for (let rest = order, left = 4; left > 0; left--) {
        objects.splice(rest % left, 1)[0]!.release()
        rest = Math.floor(rest / left)
      }
      expect(on(open(family)).connect('web')).toBe(no('ECONNREFUSED'))
    }
  })

  it('one under way in a call that waits is closed when that ends', async () => {
    const family = createLocalSockets()
    const table = new HandleTable()
    const handle = table.insert(listening(family, 'web'))
    const listener = table.get(handle)!
    const accept = untilAnswered(openObjectOf(listener), () => on(listener).accept() as number, {}, 'accept')
    table.close(handle)
    const client = open(family)
    expect(on(client).connect('web')).toBe(0)
    opened(await accept).release()
    expect(client.as(StreamOps)!.read(bytes(1))).toBe(0)
    expect(on(open(family)).connect('web')).toBe(no('ECONNREFUSED'))
  })
})
