import { describe, expect, it } from 'vitest'
import { ERR, HandleTable, HUP, IN, openObjectOf, OUT, RDHUP, readAsync, writeAsync } from '@ht/core'
import { MSG_PEEK, SHUT_RD, SHUT_WR, SO_SNDBUF, SOL_SOCKET } from '@ht/core/socket'
import { createLocalSockets } from '../src/index.js'
import { no, bytes, isSame, on, bits, text, settle, open, opened, listening, sending } from './support/local.js'
import { pairs } from './support/pairs.js'

describe.each(Object.entries(pairs))('a stream %s', (_where, socketPair) => {
  it('holds 212,992 bytes each way, and takes what fits', () => {
    const [a, b] = socketPair()
    expect(on(a).send(bytes(300_000), 0)).toBe(212_992)
    expect(on(a).send(bytes(1), 0)).toBe(no('EAGAIN'))
    expect(on(b).send(bytes(300_000), 0)).toBe(212_992)
    const all = new Uint8Array(300_000)
    expect(on(b).receive(all, 0)).toBe(212_992)
    expect(isSame(all.subarray(0, 212_992), bytes(212_992))).toBe(true)
  })

  it('says OUT again when three quarters are free, and wakes who waits then, once', () => {
    const [a, b] = socketPair()
    on(a).setOption(SOL_SOCKET, SO_SNDBUF, 10_000)
    on(a).send(bytes(20_000), 0)
    let wakes = 0
    openObjectOf(a)
      .kind.ready?.changes(openObjectOf(a))
      .add(() => wakes++)
    expect([on(b).receive(bytes(14_999), 0), bits(a), wakes]).toEqual([14_999, 0, 0])
    expect([on(b).receive(bytes(1), 0), bits(a), wakes]).toEqual([1, OUT, 1])
    expect([on(b).receive(bytes(1), 0), bits(a), wakes]).toEqual([1, OUT, 1])
  })

  it('what was under way to a side that closed takes no room any more', () => {
    const [a, b] = socketPair()
    on(a).send(bytes(300_000), 0)
    expect(bits(a)).toBe(0)
    b.release()
    expect(bits(a)).toBe(IN | OUT | ERR | HUP | RDHUP)
  })

  it('a send buffer made smaller than what is under way: no room until it is less', () => {
    const [a, b] = socketPair()
    on(a).send(bytes(100_000), 0)
    on(a).setOption(SOL_SOCKET, SO_SNDBUF, 2304)
    expect(on(a).send(bytes(1), 0)).toBe(no('EAGAIN'))
    const out = new Uint8Array(100_000)
    expect(on(b).receive(out.subarray(0, 99_000), 0)).toBe(99_000)
    expect(on(a).send(bytes(5000, 100_000), 0)).toBe(3608)
    expect(on(b).receive(out, 0)).toBe(4608)
    expect(isSame(out.subarray(0, 4608), bytes(4608, 99_000))).toBe(true)
  })

  it('a send buffer made larger wakes who waits for room', async () => {
    const [a] = socketPair()
    on(a).setOption(SOL_SOCKET, SO_SNDBUF, 2304)
    on(a).send(bytes(4608), 0)
    const sent = sending(a, bytes(100))
    await settle()
    on(a).setOption(SOL_SOCKET, SO_SNDBUF, 100_000)
    expect(await sent).toBe(100)
  })

  it('a write under way that is larger than the room arrives whole', async () => {
    const [a, b] = socketPair()
    const written = writeAsync(a, bytes(1_000_000))
    const out = new Uint8Array(1_000_000)
    for (let at = 0; at < out.length;) at += await readAsync(b, out.subarray(at, at + 70_000))
    expect(await written).toBe(1_000_000)
    expect(isSame(out, bytes(1_000_000))).toBe(true)
  })

  it('a receive under way keeps its side open when its handle is closed, and ends on the old object', async () => {
    const table = new HandleTable()
    const [a, b] = socketPair()
    const handle = table.insert(b)
    const read = table.withObject(handle, (object) => [readAsync(object, bytes(4))])![0]!
    table.close(handle)
    expect(on(a).send(bytes(4), 0)).toBe(4)
    expect(await read).toBe(4)
    expect(on(a).send(bytes(4), 0)).toBe(no('EPIPE'))
  })
})

describe('a stream by name', () => {
  it('receives nothing from nobody: who sent is its peer, and the end has no name', () => {
    const family = createLocalSockets()
    const listener = listening(family, 'web')
    const client = open(family)
    on(client).connect('web')
    on(opened(on(listener).accept())).send(bytes(3), 0)
    const from = new Uint8Array(8).fill(1)
    expect([on(client).receiveFrom(bytes(2), MSG_PEEK, from), text(from)]).toEqual([2, 'web'])
    expect([on(client).receiveFrom(bytes(8), 0, from), text(from)]).toEqual([3, 'web'])
    from.fill(1)
    expect([on(client).receiveFrom(bytes(8), 0, from), from[0]]).toEqual([no('EAGAIN'), 1])
    on(client).shutdown(SHUT_RD)
    expect([on(client).receiveFrom(bytes(8), 0, from), text(from)]).toEqual([0, ''])
  })

  it('what was shut down before it connected stays so, at this side', () => {
    const family = createLocalSockets()
    const listener = listening(family, 'web')
    const client = open(family)
    on(client).shutdown(SHUT_WR)
    expect(on(client).connect('web')).toBe(0)
    expect([bits(client), on(client).send(bytes(1), 0), on(client).receive(bytes(1), 0)]).toEqual([
      OUT,
      no('EPIPE'),
      no('EAGAIN'),
    ])
    const accepted = opened(on(listener).accept())
    expect([on(accepted).receive(bytes(1), 0), on(accepted).send(bytes(1), 0)]).toEqual([no('EAGAIN'), 1])
  })

  it('nothing can be sent to one that shut down receiving before it connected', () => {
    const family = createLocalSockets()
    const listener = listening(family, 'web')
    const client = open(family)
    on(client).shutdown(SHUT_RD)
    on(client).connect('web')
    const accepted = opened(on(listener).accept())
    const sends = () => [on(accepted).send(bytes(0), 0), on(accepted).send(bytes(1), 0)]
    expect([bits(accepted), sends()]).toEqual([OUT, [0, no('EPIPE')]])
    on(accepted).shutdown(SHUT_RD)
    expect([bits(accepted), sends()]).toEqual([IN | OUT | RDHUP, [0, no('EPIPE')]])
  })
})
