import { afterEach, describe, expect, it } from 'vitest'
import { openObjectOf, PipeOps, StreamOps, type KernelObject } from '@ht/core'
import { allocate, createSharedMemory, free, type SharedMemory, type SharedMemoryOptions } from '@ht/core/shared'
import { joinMemory } from '../../../core/src/shared/thread/attach-memory.js'
import { H_PAGES, H_PAGES_USED, H_RECORDS_USED } from '../../../core/src/shared/words/layout.js'
import { objectAt } from '../../../core/src/shared/objects/object-at.js'
import { holdAtPauses } from '../../../core/src/shared/words/pause.js'
import { cleanUp } from '../../../core/src/shared/thread/repair.js'
import { createSharedPipe, sharedPipeKind } from '../../src/shared/index.js'
import { pattern } from './pattern.js'
import type { PipeEnds } from '../../src/index.js'

afterEach(() => {
  holdAtPauses(undefined)
})

const makeMemory = (options: SharedMemoryOptions = {}) =>
  createSharedMemory({ bytes: 2 ** 20, objects: 512, tables: 4, kinds: [sharedPipeKind], spins: 0, ...options })
const inUse = ({ words }: SharedMemory) => [words[H_PAGES_USED], words[H_RECORDS_USED]]
const stream = (object: KernelObject) => object.as(StreamOps)!

describe('the pages of pipes', () => {
  it('10,000 pipes that are made, used and closed leave nothing behind', () => {
    const memory = makeMemory()
    const before = inUse(memory)
    for (let i = 0; i < 10_000; i++) {
      const { reader, writer } = createSharedPipe(memory, { capacity: 4096 << (i % 4) })
      stream(writer).write(pattern(0, 100, 0))
      if (i % 3 === 0) reader.as(PipeOps).setCapacity(16_384)
      stream(reader).read(new Uint8Array(50))
      if (i % 2 === 0) reader.release()
      writer.release()
      reader.release()
    }
    expect(inUse(memory)).toEqual(before)
  })

  it('a memory without room for a pipe is ENOMEM, and all that it has can still be used', () => {
    const memory = makeMemory()
    const pipes: PipeEnds[] = []
    const fill = () => {
      for (;;) pipes.push(createSharedPipe(memory))
    }
    expect(fill).toThrow('ENOMEM')
    const before = inUse(memory)
    expect(fill).toThrow('ENOMEM')
    expect(inUse(memory)).toEqual(before)
    const [{ reader, writer }] = pipes as [PipeEnds]
    expect(writer.as(PipeOps).setCapacity(2 ** 20)).toBe(-12)
    expect(writer.as(PipeOps).capacity()).toBe(65_536)
    expect(inUse(memory)).toEqual(before)
    expect(stream(writer).write(pattern(0, 65_536, 0))).toBe(65_536)
    expect(stream(reader).read(new Uint8Array(65_536))).toBe(65_536)
  })

  it.each([15, 16])('without a record for one of its ends nothing is taken (%i objects)', (used) => {
    const memory = makeMemory({ objects: 16 + (used % 2) })
    const fill = () => {
      for (;;) createSharedPipe(memory, { capacity: 4096 })
    }
    expect(fill).toThrow('ENOMEM')
    const before = inUse(memory)
    expect(before[1]).toBe(16)
    expect(fill).toThrow('ENOMEM')
    expect(inUse(memory)).toEqual(before)
  })

  it('resizing gives back the pages that it leaves', () => {
    const memory = makeMemory()
    const { writer } = createSharedPipe(memory, { capacity: 4096 })
    const before = inUse(memory)
    for (let i = 0; i < 100; i++) for (const size of [65_536, 8192, 4096]) expect(writer.as(PipeOps).setCapacity(size)).toBe(size)
    expect(inUse(memory)).toEqual(before)
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

/** Has another thread do something with a pipe, and die at a pause point of it. */
function dieAt(
  point: string,
  action: (ends: PipeEnds) => void,
  meanwhile: (memory: SharedMemory) => void = () => undefined,
): SharedMemory {
  const memory = makeMemory()
  const other = joinMemory(memory.source, memory.words, undefined, { kinds: [sharedPipeKind] })
  const ends = createSharedPipe(other, { capacity: 4096 })
  const hasDied = killAt(point)
  try {
    action(ends)
  } catch (error) {
    if (!(error instanceof Death)) throw error
  }
  holdAtPauses(undefined)
  expect(hasDied()).toBe(true)
  meanwhile(memory)
  other.attached = false
  cleanUp(memory, other.thread)
  return memory
}

describe('a thread that dies', () => {
  const close = ({ reader, writer }: PipeEnds) => {
    reader.release()
    writer.release()
  }

  const ENDS = ['commons: end taken off', 'commons: pages to be freed', 'commons: run freed']
  it.each([...ENDS, 'release: last', 'release: hook has run', 'lock: taken'])(
    'while it closes a pipe (%s): all is given back, once',
    (point) => {
      const memory = dieAt(point, close)
      expect(inUse(memory)).toEqual([0, 0])
      // Pages that were given back twice would be given to two pipes.
      const pages = memory.words[H_PAGES]!
      const made = Array.from({ length: Math.floor(pages / 2) }, () => createSharedPipe(memory, { capacity: 4096 }).writer)
      expect(memory.words[H_PAGES_USED]).toBe(made.length * 2)
    },
  )

  it.each(['commons: run freed', 'release: hook has run'])(
    'while it closes a pipe (%s): pages that others have taken by then stay theirs',
    (point) => {
      const taken: number[] = []
      const memory = dieAt(point, close, (shared) => {
        expect(() => {
          for (;;) taken.push(allocate(shared, 4096, 'test'))
        }).toThrow('ENOMEM')
      })
      expect(memory.words[H_PAGES_USED]).toBe(taken.length)
      for (const page of taken) free(memory, page)
      expect(inUse(memory)).toEqual([0, 0])
    },
  )

  it.each(['lock: taken', 'resize: bytes moved', 'resize: swapped', 'lock: giving up', 'lock: given up'])(
    'while it resizes a pipe (%s): all is given back',
    (point) => {
      const memory = dieAt(point, ({ writer }) => writer.as(PipeOps).setCapacity(16_384))
      expect(inUse(memory)).toEqual([0, 0])
    },
  )

  it.each(['lock: taken', 'ring: bytes written', 'ring: tail published', 'lock: given up'])(
    'while it writes (%s): what it wrote is there whole or not at all, and the pipe goes on',
    (point) => {
      const memory = makeMemory()
      const { reader, writer } = createSharedPipe(memory, { capacity: 4096 })
      const other = joinMemory(memory.source, memory.words, undefined, { kinds: [sharedPipeKind] })
      const { record } = openObjectOf(writer) as unknown as { record: number }
      const theirs = objectAt(other, record)
      killAt(point)
      const write = (sharedPipeKind.methods[StreamOps.name] as { write(open: unknown, bytes: Uint8Array): number }).write
      expect(() => write(theirs, pattern(0, 3000, 0))).toThrow(Death)
      holdAtPauses(undefined)
      other.attached = false
      cleanUp(memory, other.thread)
      const isThere = point === 'ring: tail published' || point === 'lock: given up'
      expect(reader.as(PipeOps).bytesWaiting()).toBe(isThere ? 3000 : 0)
      expect(stream(writer).write(pattern(0, 1000, 0))).toBe(1000)
      expect(stream(reader).read(new Uint8Array(5000))).toBe(isThere ? 4000 : 1000)
    },
  )

  it.each(['lock: taken', 'lock: given up'])('while it makes a pipe (%s): nothing is left', (point) => {
    for (let nth = 1; nth <= 4; nth++) {
      const memory = makeMemory()
      const other = joinMemory(memory.source, memory.words, undefined, { kinds: [sharedPipeKind] })
      other.bindings.numberOf(sharedPipeKind)
      killAt(point, nth)
      expect(() => createSharedPipe(other)).toThrow(Death)
      holdAtPauses(undefined)
      other.attached = false
      cleanUp(memory, other.thread)
      expect(inUse(memory)).toEqual([0, 0])
    }
  })
})
