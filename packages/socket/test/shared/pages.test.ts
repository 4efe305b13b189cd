import { afterEach, describe, expect, it } from 'vitest'
import { ERR, openObjectOf, readiness, type KernelObject } from '@ht/core'
import { createSharedMemory, type SharedMemory, type SharedMemoryOptions } from '@ht/core/shared'
import { AF_UNIX, SO_SNDBUF, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET } from '@ht/core/socket'
import { joinMemory } from '../../../core/src/shared/thread/attach-memory.js'
import { H_PAGES, H_PAGES_USED, H_RECORDS_USED } from '../../../core/src/shared/words/layout.js'
import { objectAt } from '../../../core/src/shared/objects/object-at.js'
import { holdAtPauses } from '../../../core/src/shared/words/pause.js'
import { cleanUp } from '../../../core/src/shared/thread/repair.js'
import { createSharedLocalSockets, createSharedSocketPair, sharedLocalSocketKind } from '../../src/shared/index.js'
import { bytes, no, on } from '../support/local.js'
import type { SocketPair } from '../../src/index.js'
import type { LocalEndpoint } from '../../src/local/endpoint.js'

afterEach(() => {
  holdAtPauses(undefined)
})

const makeMemory = (options: SharedMemoryOptions = {}) =>
  createSharedMemory({ bytes: 2 ** 20, objects: 512, tables: 4, kinds: [sharedLocalSocketKind], spins: 0, ...options })
const inUse = ({ words }: SharedMemory) => [words[H_PAGES_USED], words[H_RECORDS_USED]]
const join = (memory: SharedMemory) => joinMemory(memory.source, memory.words, undefined, { kinds: [sharedLocalSocketKind] })

describe('the pages of a socket pair', () => {
  it('are one while it carries nothing, and more as bytes come', () => {
    const memory = makeMemory()
    const [a, b] = createSharedSocketPair(memory)
    expect(memory.words[H_PAGES_USED]).toBe(1)
    on(a).send(bytes(1), 0)
    expect(memory.words[H_PAGES_USED]).toBe(1 + 4)
    on(a).send(bytes(16_384), 0)
    expect(memory.words[H_PAGES_USED]).toBe(1 + 8)
    const out = new Uint8Array(20_000)
    expect(on(b).receive(out, 0)).toBe(16_385)
    expect(Buffer.compare(out.subarray(1, 16_385), bytes(16_384))).toBe(0)
    // In small pieces nothing more is needed, whatever went through.
    for (let i = 0; i < 1000; i++) expect([on(a).send(bytes(999), 0), on(b).receive(out, 0)]).toEqual([999, 999])
    expect(memory.words[H_PAGES_USED]).toBe(1 + 8)
  })

  it('a memory without room for a pair is ENOMEM, and without room for bytes so is a send', () => {
    const memory = makeMemory()
    const pairs: SocketPair[] = []
    const fill = () => {
      for (;;) pairs.push(createSharedSocketPair(memory))
    }
    expect(fill).toThrow('ENOMEM')
    const before = inUse(memory)
    expect(fill).toThrow('ENOMEM')
    expect(inUse(memory)).toEqual(before)
    const family = createSharedLocalSockets(() => memory)
    expect(family.pair?.(AF_UNIX, SOCK_STREAM, 0)).toBe(no('ENOMEM'))
    const [[a, b]] = pairs as [SocketPair]
    expect(on(a).send(bytes(1), 0)).toBe(no('ENOMEM'))
    for (const [one, other] of pairs.slice(1, 5)) {
      one.release()
      other.release()
    }
    expect(on(a).send(bytes(300_000), 0)).toBe(16_384)
    expect(on(a).send(bytes(1), 0)).toBe(no('ENOMEM'))
    expect(on(b).receive(bytes(300_000), 0)).toBe(16_384)
  })

  it('a large send buffer is used whole', () => {
    const memory = makeMemory()
    const [a, b] = createSharedSocketPair(memory)
    on(a).setOption(SOL_SOCKET, SO_SNDBUF, 150_000)
    expect(on(a).send(bytes(500_000), 0)).toBe(300_000)
    expect(on(b).receive(bytes(500_000), 0)).toBe(300_000)
  })

  it('only stream pairs of a family are there', () => {
    const memory = makeMemory()
    const family = createSharedLocalSockets(memory)
    expect(family.pair?.(AF_UNIX, SOCK_DGRAM, 0)).toHaveLength(2)
    expect(family.open(AF_UNIX, SOCK_STREAM, 0)).toBeTypeOf('object')
    expect(memory.words[H_RECORDS_USED]).toBe(0)
    expect(family.pair?.(AF_UNIX, SOCK_STREAM, 0)).toHaveLength(2)
    expect(memory.words[H_RECORDS_USED]).toBe(2)
    expect(family.pair?.(AF_UNIX, SOCK_STREAM, 5)).toBe(no('EPROTONOSUPPORT'))
  })
})

class Death extends Error {}

/** Has this thread get no further than a pause point, when it comes there for the nth time; whether it did. */
function killAt(point: string, nth = 1): () => boolean {
  let left = nth
  holdAtPauses((reached) => {
    // Handlers of errors are not run by a death.
    if (left === 0 || (reached === point && --left === 0)) throw new Death()
  })
  return () => left === 0
}

/** Has a thread do something, die at a pause point of it, and be cleaned up after. */
function dieAt(memory: SharedMemory, other: SharedMemory, point: string, action: () => void, nth = 1): void {
  const hasDied = killAt(point, nth)
  try {
    action()
  } catch (error) {
    // It is one of several when a hook was cut off.
    if (!hasDied()) throw error
  }
  holdAtPauses(undefined)
  expect(hasDied()).toBe(true)
  other.attached = false
  cleanUp(memory, other.thread)
}

describe('a thread that dies', () => {
  const POINTS = [
    'commons: end taken off',
    'commons: pages to be freed',
    'commons: run freed',
    'socket: closed',
    'socket: shut down',
  ]

  it.each([...POINTS, 'release: last', 'release: hook has run', 'lock: taken'])(
    'while it closes a pair (%s): all is given back, once',
    (point) => {
      const memory = makeMemory()
      const other = join(memory)
      const [a, b] = createSharedSocketPair(other)
      on(a).send(bytes(100), 0)
      on(b).send(bytes(100), 0)
      dieAt(memory, other, point, () => {
        a.release()
        b.release()
      })
      expect(inUse(memory)).toEqual([0, 0])
      // Pages that were given back twice would be given to two pairs.
      const made = Array.from({ length: memory.words[H_PAGES]! }, () => 0)
      const pairs: KernelObject[] = []
      expect(() => {
        for (const _ of made) pairs.push(...createSharedSocketPair(memory))
      }).not.toThrow()
      expect(memory.words[H_PAGES_USED]).toBe(made.length)
    },
  )

  it.each(['socket: closed', 'socket: reset', 'socket: shut down', 'commons: end taken off'])(
    'while it closes a side with bytes unread (%s): the other side is told once',
    (point) => {
      const memory = makeMemory()
      const other = join(memory)
      const [a, b] = createSharedSocketPair(other)
      // The other side is held here.
      const near = objectAt(memory, (openObjectOf(a) as unknown as { record: number }).record)
      near.count(1, 1)
      on(a).send(bytes(100), 0)
      dieAt(memory, other, point, () => {
        b.release()
      })
      const state = near.state as LocalEndpoint
      expect(readiness(near) & ERR).toBe(ERR)
      expect([state.receive(bytes(8), 0), state.receive(bytes(8), 0)]).toEqual([no('ECONNRESET'), 0])
      near.count(-1, -1)
      expect(inUse(memory)).toEqual([0, 0])
    },
  )

  it.each([
    'lock: taken',
    'ring: bytes written',
    'ring: tail published',
    'socket: bytes sent',
    'resize: bytes moved',
    'resize: swapped',
  ])('while it sends (%s): the bytes are there whole or not at all, and the pair goes on', (point) => {
    const memory = makeMemory()
    const other = join(memory)
    const [a, b] = createSharedSocketPair(memory)
    const theirs = objectAt(other, (openObjectOf(a) as unknown as { record: number }).record).state as LocalEndpoint
    dieAt(memory, other, point, () => {
      theirs.send(bytes(3000))
    })
    const isThere = point === 'ring: tail published' || point === 'socket: bytes sent'
    expect(on(a).send(bytes(1000), 0)).toBe(1000)
    expect(on(b).receive(bytes(5000), 0)).toBe(isThere ? 4000 : 1000)
    a.release()
    b.release()
    expect(inUse(memory)).toEqual([0, 0])
  })

  it.each(['lock: taken', 'lock: given up'])('while it makes a pair (%s): nothing is left', (point) => {
    for (let nth = 1; nth <= 3; nth++) {
      const memory = makeMemory()
      const other = join(memory)
      other.bindings.numberOf(sharedLocalSocketKind)
      dieAt(memory, other, point, () => createSharedSocketPair(other), nth)
      expect(inUse(memory)).toEqual([0, 0])
    }
  })
})

describe('between two threads', () => {
  it('a send that the other side closes upon is a reset, though its bytes came after the close had looked', () => {
    const memory = makeMemory()
    const [a, b] = createSharedSocketPair(memory)
    let closes = true
    holdAtPauses((reached) => {
      if (reached !== 'lock: listed' || !closes) return
      closes = false
      b.release()
    })
    expect(on(a).send(bytes(8), 0)).toBe(8)
    holdAtPauses(undefined)
    expect([on(a).receive(bytes(8), 0), on(a).receive(bytes(8), 0)]).toEqual([no('ECONNRESET'), 0])
    a.release()
    expect(inUse(memory)).toEqual([0, 0])
  })

  it('what was sent before a shutdown is received, though nothing was there when the receive began', () => {
    const memory = makeMemory()
    const [a, b] = createSharedSocketPair(memory)
    let sends = true
    holdAtPauses((reached) => {
      if (reached !== 'socket: state read' || !sends) return
      sends = false
      on(a).send(bytes(8), 0)
      on(a).shutdown(1)
    })
    expect(on(b).receive(bytes(20), 0)).toBe(8)
    expect(on(b).receive(bytes(20), 0)).toBe(0)
  })
})
