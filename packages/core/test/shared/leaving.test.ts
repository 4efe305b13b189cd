import { describe, expect, it } from 'vitest'
import { defineKind, type HandleTable, type KernelObject } from '@ht/core'
import {
  acquire,
  allocate,
  createSharedMemory,
  createSharedTable,
  free,
  leaveMemory,
  openShared,
  release,
  share,
  type SharedMemory,
} from '@ht/core/shared'
import { openObjectOf } from '../../src/object/reference.js'
import { beginOperation, endOperation } from '../../src/object/open-object.js'
import { joinMemory } from '../../src/shared/thread/attach-memory.js'
import {
  H_RECORDS_USED,
  FREE,
  HEADER_WORDS,
  H_LOCK,
  R_COUNT,
  R_OPERATIONS,
  T_STATE,
  THREAD_WORDS,
} from '../../src/shared/words/layout.js'
import { SharedObject } from '../../src/shared/objects/shared-object.js'
import { SharedSlots } from '../../src/shared/table/shared-slots.js'
import { attachSlots } from '../../src/shared/table/shared-table.js'
import { ownerOf, slotsOf } from '../../src/table/handle-table.js'

/** What the hooks of all objects of the kind saw. */
const seen = { clones: 0, drops: 0, releases: 0 }
const told = defineKind<null>({
  name: 'test-told',
  shared: { attach: () => null },
  cloneForDup() {
    seen.clones++
  },
  dropHolder() {
    seen.drops++
  },
  release() {
    seen.releases++
  },
})

function begin(): SharedMemory {
  Object.assign(seen, { clones: 0, drops: 0, releases: 0 })
  return createSharedMemory({ bytes: 2 ** 20, objects: 16, tables: 4, kinds: [told] })
}

/** Another thread's view, in this one. */
function join({ source, words }: SharedMemory): SharedMemory {
  return joinMemory(source, words, undefined, { kinds: [told] })
}

function recordOf(object: KernelObject): SharedObject {
  const open = openObjectOf(object)
  if (!(open instanceof SharedObject)) throw new Error('it is in shared memory')
  return open
}

function slotsIn(table: HandleTable): SharedSlots {
  const slots = slotsOf(table, 'table', 'test')
  if (!(slots instanceof SharedSlots)) throw new Error('it is in shared memory')
  return slots
}

describe('what outlives its table or its memory', () => {
  it('a reservation of a table that has ended changes nothing of what has its pages now', () => {
    const memory = begin()
    const table = createSharedTable(memory, { capacity: 8 })
    const reservation = table.reserve()
    const { at } = slotsIn(table)
    table.dispose()
    const pages: number[] = []
    while (!pages.includes(at)) pages.push(allocate(memory, 1, 'test'))
    memory.words.fill(-1, at, at + 1024)
    reservation.cancel()
    expect(memory.words.subarray(at, at + 1024).every((word) => word === -1)).toBe(true)
    for (const page of pages) free(memory, page)
  })

  it('a number that a thread has reserved is free when the thread’s last owner goes', () => {
    const memory = begin()
    const other = join(memory)
    const table = createSharedTable(memory)
    const attached = ownerOf(attachSlots(other, share(table), {}))
    const reservation = attached.reserve()
    attached.dispose()
    expect(table.insert(openShared(memory, told))).toBe(reservation.handle)
    reservation.cancel()
    expect(table.activeHandles()).toEqual([0])
    table.dispose()
    leaveMemory(other)
  })

  it('references that an object at home held are given back once by a thread that leaves', () => {
    const memory = begin()
    const other = join(memory)
    const shared = openShared(other, told)
    const open = recordOf(shared)
    const holdsAnother = defineKind<KernelObject>({
      name: 'test-holds',
      release({ state }) {
        state.release()
      },
    })
    const table = createSharedTable(memory)
    const attached = ownerOf(attachSlots(other, share(table), {}))
    const handle = attached.insert(holdsAnother.open(shared))
    const kept = attached.get(handle)!
    leaveMemory(other)
    expect(memory.words[open.record + R_COUNT]).toBe(0)
    expect(seen).toEqual({ clones: 0, drops: 1, releases: 1 })
    kept.release()
    table.dispose()
    expect(memory.words[H_RECORDS_USED]).toBe(0)
  })

  it('the kind is told of the holders of an object at home whose thread leaves', () => {
    const memory = begin()
    const other = join(memory)
    const drops: string[] = []
    const privately = defineKind<null>({
      name: 'test-private',
      dropHolder() {
        drops.push('drop')
      },
      release() {
        drops.push('release')
      },
    })
    const table = createSharedTable(memory)
    const attached = ownerOf(attachSlots(other, share(table), {}))
    const handle = attached.insert(privately.open(null))
    table.dup(handle)
    leaveMemory(other)
    expect(drops).toEqual(['drop', 'drop', 'release'])
    table.dispose()
    expect(memory.words[H_RECORDS_USED]).toBe(0)
  })

  it('a reference that is released, and an operation that ends, after their thread has left change nothing', () => {
    const memory = begin()
    const other = join(memory)
    const object = openShared(other, told)
    const open = recordOf(object)
    beginOperation(open)
    leaveMemory(other)
    expect(seen).toEqual({ clones: 0, drops: 1, releases: 1 })
    const successor = openShared(memory, told)
    expect(recordOf(successor).record).toBe(open.record)
    endOperation(open)
    object.release()
    expect(memory.words[open.record + R_OPERATIONS]).toBe(0)
    expect(seen).toEqual({ clones: 0, drops: 1, releases: 1 })
    successor.release()
  })

  it('a thread that leaves touches the memory no more: what it put off for a lock is done before, or leaving is refused', () => {
    const memory = begin()
    const other = join(memory)
    memory.ending.add(other.thread)
    const page = allocate(memory, 1, 'test')
    acquire(other, H_LOCK)
    free(memory, page)
    expect(memory.later.size).toBe(1)
    expect(() => {
      leaveMemory(memory)
    }).toThrow(/^EAGAIN: another thread holds a lock/)
    expect([memory.attached, memory.later.size]).toEqual([true, 1])
    release(other, H_LOCK)
    leaveMemory(memory)
    expect([memory.attached, memory.later.size]).toEqual([false, 0])
    memory.later.add(() => {
      throw new Error('it has left')
    })
    expect(memory.later.size).toBe(0)
    leaveMemory(other)
  })

  it('a release that leaving itself puts off keeps the thread’s number until it is done', () => {
    const memory = createSharedMemory({ bytes: 2 ** 20, objects: 16, tables: 4 })
    const other = joinMemory(memory.source, memory.words, undefined, {})
    memory.ending.add(other.thread)
    const lock = allocate(memory, 1, 'test')
    memory.words[lock] = 0
    let releases = 0
    const locking = defineKind<SharedMemory>({
      name: 'test-locking',
      shared: { attach: (it: SharedMemory) => it },
      release({ state }) {
        acquire(state, lock)
        release(state, lock)
        releases++
      },
    })
    openShared(memory, locking)
    acquire(other, lock)
    expect(() => {
      leaveMemory(memory)
    }).toThrow(/^EAGAIN/)
    expect([memory.attached, releases]).toEqual([true, 0])
    expect(memory.words[HEADER_WORDS + memory.thread * THREAD_WORDS + T_STATE]).not.toBe(FREE)
    release(other, lock)
    leaveMemory(memory)
    expect([memory.attached, memory.later.size, releases, memory.words[H_RECORDS_USED]]).toEqual([false, 0, 1, 0])
    leaveMemory(other)
  })
})
