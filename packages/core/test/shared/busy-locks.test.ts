import { describe, expect, it } from 'vitest'
import { defineKind } from '@ht/core'
import {
  acquire,
  allocate,
  createSharedMemory,
  createSharedTable,
  free,
  leaveMemory,
  openShared,
  own,
  ownership,
  release,
  SharedRing,
  type SharedMemory,
} from '@ht/core/shared'
import { joinMemory } from '../../src/shared/thread/attach-memory.js'
import { H_LOCK, H_PAGES_USED, H_RECORDS_USED, TABLE_LOCK } from '../../src/shared/words/layout.js'
import { READ_LOCK, WRITE_LOCK } from '../../src/shared/ring/ring-layout.js'
import { cleanUp } from '../../src/shared/thread/repair.js'
import { tablesOf } from '../../src/shared/words/tables.js'

let releases = 0
/** One that has a page with a ring, as a pipe has, and gives it back when it is released. */
const kind = defineKind<{ memory: SharedMemory; page: number }>({
  name: 'test-paged',
  shared: {
    attach: (memory: SharedMemory, at) => ({ memory, page: memory.words[at]! }),
    locks: ({ words }, at) => SharedRing.locksAt(words[at]!),
  },
  release({ state: { memory, page } }) {
    releases++
    const { word, mine } = ownership(memory, page)
    memory.words[word] = mine
    free(memory, page)
  },
})

function openPaged(memory: SharedMemory) {
  const page = allocate(memory, 4096, 'test')
  const object = openShared(memory, kind, { own: [page] })
  own(memory, page)
  return { page, object }
}

/** A memory, and another thread's view of it in this one: a thread that can die at any moment. */
function scene() {
  releases = 0
  const memory = createSharedMemory({ bytes: 2 ** 20, objects: 32, tables: 8, kinds: [kind] })
  const other = joinMemory(memory.source, memory.words, undefined, { kinds: [kind] })
  // To wait at all would be to wait for ever: it is known to be ending.
  memory.lockPatience.most = Infinity
  memory.ending.add(other.thread)
  return { memory, other, pages: memory.words[H_PAGES_USED], records: memory.words[H_RECORDS_USED] }
}

describe('where a thread that is ending holds the lock of the memory, the thread that serves', () => {
  it('says EAGAIN to what wants pages or an object, at once, and has taken nothing', () => {
    const { memory, other, pages, records } = scene()
    acquire(other, H_LOCK)
    expect(() => allocate(memory, 1, 'test')).toThrow(/^EAGAIN: thread 1 holds a lock of shared memory, and may be ending/)
    expect(() => openShared(memory, kind, { own: [0] })).toThrow(/^EAGAIN/)
    expect(() => createSharedTable(memory)).toThrow(/^EAGAIN/)
    expect(memory.locksHeld).toBe(0)
    cleanUp(memory, other.thread)
    expect([memory.words[H_PAGES_USED], memory.words[H_RECORDS_USED]]).toEqual([pages, records])
  })

  it('gives pages, records and tables back once its end is told', () => {
    const { memory, other, pages, records } = scene()
    const table = createSharedTable(memory)
    const { object } = openPaged(memory)
    table.insert(object)
    const more = openPaged(memory).object
    acquire(other, H_LOCK)
    table.dispose()
    more.release()
    expect(releases).toBe(2)
    expect(memory.later.size).toBeGreaterThan(0)
    cleanUp(memory, other.thread)
    expect(memory.later.size).toBe(0)
    expect([memory.words[H_PAGES_USED], memory.words[H_RECORDS_USED]]).toEqual([pages, records])
  })

  it('gives them back when the lock was given up after all, without being told', async () => {
    const { memory, other, pages, records } = scene()
    const { object } = openPaged(memory)
    acquire(other, H_LOCK)
    object.release()
    release(other, H_LOCK)
    while (memory.later.size > 0) await new Promise((resolve) => setTimeout(resolve, 1))
    expect([memory.words[H_PAGES_USED], memory.words[H_RECORDS_USED]]).toEqual([pages, records])
    leaveMemory(other)
  })
})

describe('where it holds the lock of a table, the thread that serves', () => {
  it('says EAGAIN to a change of the table, and leaves it later', () => {
    const { memory, other, pages, records } = scene()
    const table = createSharedTable(memory)
    const { object } = openPaged(memory)
    const handle = table.insert(object)
    const lock = (tablesOf(memory)[0]?.table ?? 0) + TABLE_LOCK
    acquire(other, lock)
    expect(() => table.close(handle)).toThrow(/^EAGAIN/)
    expect(table.activeHandles()).toEqual([handle])
    table.dispose()
    expect(releases).toBe(0)
    cleanUp(memory, other.thread)
    expect(releases).toBe(1)
    expect([memory.words[H_PAGES_USED], memory.words[H_RECORDS_USED]]).toEqual([pages, records])
  })

  it('calls a release hook again that could not have its lock', () => {
    let calls = 0
    const locking = defineKind<SharedMemory>({
      name: 'test-locking',
      shared: { attach: (it: SharedMemory) => it },
      release({ state }) {
        calls++
        acquire(state, H_LOCK)
        release(state, H_LOCK)
      },
    })
    const served = createSharedMemory({ bytes: 2 ** 20, objects: 16 })
    const ender = joinMemory(served.source, served.words, undefined, {})
    served.ending.add(ender.thread)
    const object = openShared(served, locking)
    acquire(ender, H_LOCK)
    object.release()
    expect(calls).toBe(1)
    cleanUp(served, ender.thread)
    expect(calls).toBe(2)
    expect(served.words[H_RECORDS_USED]).toBe(0)
  })
})

describe('where it holds the lock of a ring, the thread that serves', () => {
  it('finds nothing there for now, neither bytes nor room', () => {
    const { memory, other } = scene()
    const { page } = openPaged(memory)
    const ring = new SharedRing(memory, page)
    own(memory, ring.begin(4096, 'test'))
    ring.add(new Uint8Array(3))
    for (const lock of SharedRing.locksAt(page)) acquire(other, lock)
    expect(ring.add(new Uint8Array(3))).toBe(-11)
    expect(ring.take(new Uint8Array(3))).toBe(-11)
    expect(ring.peek(new Uint8Array(3))).toBe(-11)
    expect(ring.resize(8192)).toBe(-11)
    expect(ring.clear()).toBe(false)
    expect(memory.locksHeld).toBe(0)
    cleanUp(memory, other.thread)
    expect(ring.take(new Uint8Array(9))).toBe(3)
  })
})

describe('every lock whose word names a thread that has ended', () => {
  it('is opened, though the thread’s own list does not have it', () => {
    const { memory, other } = scene()
    const table = createSharedTable(memory)
    const { page, object } = openPaged(memory)
    table.insert(object)
    const locks = [H_LOCK, (tablesOf(memory)[0]?.table ?? 0) + TABLE_LOCK, page + WRITE_LOCK, page + READ_LOCK]
    for (const lock of locks) memory.words[lock] = other.self
    cleanUp(memory, other.thread)
    expect(locks.map((lock) => memory.words[lock])).toEqual([0, 0, 0, 0])
    expect(table.dup(0)).toBe(1)
  })

  it('is opened when nobody has that number', () => {
    const { memory, other } = scene()
    memory.words[H_LOCK] = 50
    free(memory, allocate(memory, 1, 'test'))
    expect(memory.words[H_LOCK]).toBe(0)
    cleanUp(memory, other.thread)
  })
})
