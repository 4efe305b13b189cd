import { afterEach, describe, expect, it } from 'vitest'
import { defineKind, openObjectOf, StreamOps, type KernelObject } from '@ht/core'
import {
  allocate,
  createSharedMemory,
  free,
  inCommons,
  openEnds,
  SharedRing,
  type CommonsEnd,
  type SharedMemory,
} from '@ht/core/shared'
import { startThread } from '../../../../tooling/threads/start.js'
import { testSharedKind } from '../../src/conformance/index.js'
import { objectAt } from '../../src/shared/objects/object-at.js'
import { joinMemory } from '../../src/shared/thread/attach-memory.js'
import { SharedMemory as MemoryOfThread } from '../../src/shared/thread/memory.js'
import { cleanUp, startServing } from '../../src/shared/thread/repair.js'
import { H_PAGES, H_PAGES_USED, H_RECORDS_USED, PAGE_WORDS } from '../../src/shared/words/layout.js'
import { isLockBusy } from '../../src/shared/words/lock-busy.js'
import { holdAtPauses } from '../../src/shared/words/pause.js'
import { toRegistry } from '../../src/kind/registry.js'
import { createTube, tubeKind } from './tube-kind.js'

const makeMemory = (kinds: Parameters<typeof toRegistry>[0] = [tubeKind], objects = 64) =>
  createSharedMemory({ bytes: 2 ** 20, objects, tables: 4, kinds, spins: 0 })
const inUse = ({ words }: SharedMemory) => [words[H_PAGES_USED], words[H_RECORDS_USED]]
const recordOf = (object: KernelObject) => (openObjectOf(object) as unknown as { record: number }).record
const text = (...bytes: number[]) => Uint8Array.from(bytes)

afterEach(() => {
  holdAtPauses(undefined)
})

describe('ends that have pages in common', () => {
  testSharedKind(
    { describe, it },
    {
      kind: tubeKind,
      startWorker: () => startThread(new URL('./tube-thread.ts', import.meta.url), undefined),
      pair(memory) {
        const [reader, writer] = createTube(memory)
        return { reader, writer }
      },
    },
  )

  it('give them back with the last one, in any order', () => {
    const memory = makeMemory()
    for (let i = 0; i < 1000; i++) {
      const ends = createTube(memory)
      expect(inUse(memory)).toEqual([3, 2])
      if (i % 2 === 0) ends.reverse()
      ends[0].release()
      expect(inUse(memory)).toEqual([3, 1])
      ends[1].release()
      expect(inUse(memory)).toEqual([0, 0])
    }
  })

  it('are as many as the layout says, each with a number', () => {
    const numbers: number[] = []
    const kind = defineKind<CommonsEnd>({
      name: 'test-star',
      shared: inCommons({ ends: 16, words: 5000 }, (_, end) => end),
      release: ({ state }) => {
        numbers.push(state.number)
        state.release()
      },
    })
    const memory = makeMemory([kind])
    const ends = openEnds(memory, kind)
    const [{ commons }] = ends.map((end) => openObjectOf(end).state) as [CommonsEnd]
    expect(inUse(memory)).toEqual([5, 16])
    ends.forEach((end, number) => {
      expect([commons.isWithoutHolder(number), commons.holdersOf(number)]).toEqual([false, 1])
      expect(memory.words[H_PAGES_USED]).toBe(5)
      end.release()
      if (number < 15) expect([commons.isWithoutHolder(number), commons.holdersOf(number)]).toEqual([true, 0])
    })
    expect(numbers).toEqual([...Array(16).keys()])
    expect(inUse(memory)).toEqual([0, 0])
  })

  it('are not made where a record or pages are missing, and nothing is taken then', () => {
    for (const objects of [16, 17]) {
      const memory = makeMemory([tubeKind], objects)
      expect(() => {
        for (;;) createTube(memory)
      }).toThrow('ENOMEM')
      const before = inUse(memory)
      expect(() => createTube(memory)).toThrow('ENOMEM')
      expect(inUse(memory)).toEqual(before)
      expect(before[1]).toBe(16)
    }
    const memory = makeMemory([tubeKind])
    while (memory.words[H_PAGES_USED]! < memory.words[H_PAGES]! - 2) allocate(memory, 4096, 'test')
    const before = inUse(memory)
    expect(() => createTube(memory)).toThrow('ENOMEM')
    expect(inUse(memory)).toEqual(before)
  })

  it('are off though what the release has to do before that throws', () => {
    const kind = defineKind<CommonsEnd>({
      name: 'test-thrower',
      shared: inCommons({ ends: 2, words: SharedRing.words, rings: [0] }, (_, end) => end),
      release: ({ state }) => {
        state.release(() => {
          throw new Error('on purpose')
        })
      },
    })
    const memory = makeMemory([kind])
    for (const end of openEnds(memory, kind))
      expect(() => {
        end.release()
      }).toThrow('on purpose')
    expect(inUse(memory)).toEqual([0, 0])
  })

  it.each<[string, () => unknown]>([
    ['layout.ends', () => inCommons({ ends: 0, words: 1 }, () => 0)],
    ['layout.ends', () => inCommons({ ends: 17, words: 1 }, () => 0)],
    ['layout.words', () => inCommons({ ends: 1, words: -1 }, () => 0)],
    ['layout.rings', () => inCommons({ ends: 1, words: SharedRing.words, rings: [1] }, () => 0)],
    ['kind', () => openEnds(makeMemory(), defineKind({ name: 'test-private' }))],
  ])('need a layout that can be: EINVAL names %s', (name, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining(name) as string }))
  })
})

describe('an end that is off the pages', () => {
  it('touches them no more, though its release has not come back when the last end frees them', () => {
    const memory = makeMemory()
    const [one, two] = createTube(memory)
    let taken: number[] | undefined
    holdAtPauses((point) => {
      if (point !== 'commons: end taken off' || taken !== undefined) return
      taken = []
      two.release()
      taken = takeAll(memory)
      // Somebody waits on a queue there, as the kind's words are now read.
      for (const page of taken) memory.words.fill(1, page, page + PAGE_WORDS)
    })
    one.release()
    holdAtPauses(undefined)
    expect(taken?.length).toBe(memory.words[H_PAGES])
    expect(taken?.filter((page) => !memory.words.subarray(page, page + PAGE_WORDS).every((word) => word === 1))).toEqual([])
  })
})

/** A memory at one moment, as the thread that serves sees it once the other one goes no further; see `death/crash-image.ts`. */
function revive(words: Int32Array, kinds = toRegistry([tubeKind])): SharedMemory {
  const source = new SharedArrayBuffer(words.byteLength)
  new Int32Array(source).set(words)
  const memory = new MemoryOfThread(source, new Int32Array(source), 0, kinds)
  startServing(memory)
  return memory
}

const DEAD = 1

/** The tube of a memory in which a thread closes one end, and the server keeps the other; at each pause point of that. */
function deaths(closesBoth: boolean): { point: string; words: Int32Array; kept: number }[] {
  const memory = makeMemory()
  const other = joinMemory(memory.source, memory.words, undefined, { kinds: [tubeKind] })
  const [one, two] = createTube(other)
  one.as(StreamOps)?.write(text(1, 2, 3))
  two.as(StreamOps)?.write(text(4, 5, 6))
  const kept = recordOf(two)
  if (!closesBoth) {
    objectAt(memory, kept).count(1, 1)
    two.release()
  }
  const images: { point: string; words: Int32Array; kept: number }[] = []
  holdAtPauses((point) => {
    images.push({ point, words: memory.words.slice(), kept })
  })
  one.release()
  if (closesBoth) two.release()
  holdAtPauses(undefined)
  return images
}

describe('a thread that dies while it closes one end', () => {
  const images = deaths(false)

  it('comes to each step of it', () => {
    expect(images.map(({ point }) => point)).toEqual(expect.arrayContaining(['commons: end has left', 'commons: end taken off']))
  })

  it('leaves the other end what it had sent, and then the end of file', () => {
    for (const { point, words, kept } of images) {
      const memory = revive(words)
      cleanUp(memory, DEAD)
      const object = objectAt(memory, kept)
      const state = object.state as { read(buffer: Uint8Array): number; write(bytes: Uint8Array): number }
      const buffer = new Uint8Array(8)
      expect([point, state.read(buffer), [...buffer.subarray(0, 3)], state.read(buffer), state.write(buffer)]).toEqual([
        point,
        3,
        [1, 2, 3],
        0,
        -32,
      ])
      object.count(-1, -1)
      expect([point, ...inUse(memory)]).toEqual([point, 0, 0])
    }
  })

  it('has the pages freed once, though the other end is closed before its death is known', () => {
    for (const { point, words, kept } of images) {
      const memory = revive(words)
      objectAt(memory, kept).count(-1, -1)
      const taken = takeAll(memory)
      cleanUp(memory, DEAD)
      expect([point, memory.words[H_PAGES_USED]]).toEqual([point, taken.length])
      expect([point, ...taken.filter((page) => !isEmpty(memory, page))]).toEqual([point])
      for (const page of taken) free(memory, page)
      expect([point, ...inUse(memory)]).toEqual([point, 0, 0])
    }
  })
})

describe('a thread that dies while it closes both ends', () => {
  const images = deaths(true)

  it('comes to each step of it', () => {
    const steps = ['ring: pages detached', 'commons: pages to be freed', 'commons: run freed']
    expect(images.map(({ point }) => point)).toEqual(expect.arrayContaining(steps))
  })

  it('has the pages freed once, and those that others have taken by then stay theirs', () => {
    for (const { point, words } of images) {
      const memory = revive(words)
      const taken = takeAll(memory)
      cleanUp(memory, DEAD)
      expect([point, memory.words[H_PAGES_USED]]).toEqual([point, taken.length])
      expect([point, ...taken.filter((page) => !isEmpty(memory, page))]).toEqual([point])
      for (const page of taken) free(memory, page)
      expect([point, ...inUse(memory)]).toEqual([point, 0, 0])
    }
  })
})

function isEmpty({ words }: SharedMemory, page: number): boolean {
  return words.subarray(page, page + PAGE_WORDS).every((word) => word === 0)
}

/** All pages that can be had; none where the dead one holds the lock. */
function takeAll(memory: SharedMemory): number[] {
  const taken: number[] = []
  try {
    for (;;) taken.push(allocate(memory, 4096, 'test'))
  } catch (error) {
    if (!isLockBusy(error)) expect(error).toMatchObject({ code: 'ENOMEM' })
  }
  return taken
}
