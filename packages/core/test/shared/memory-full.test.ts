import { describe, expect, it } from 'vitest'
import { defineKind, isHandleError, type HandleTable } from '@ht/core'
import {
  allocate,
  createSharedMemory,
  createSharedTable,
  free,
  leaveMemory,
  openShared,
  share,
  type SharedMemory,
} from '@ht/core/shared'
import { joinMemory } from '../../src/shared/thread/attach-memory.js'
import { H_PAGES, H_PAGES_USED, H_RECORDS_USED, MOST_REFERENCES, PAGE_BYTES } from '../../src/shared/words/layout.js'
import { attachSlots } from '../../src/shared/table/shared-table.js'
import { ownerOf } from '../../src/table/handle-table.js'

let released = 0
const kind = defineKind<null>({
  name: 'test-counted',
  shared: { attach: () => null },
  release() {
    released++
  },
})

/** What of a memory is in use. */
function inUse({ words, heldAt, objects, hazards, locksHeld, tables, deferred }: SharedMemory): Record<string, number> {
  const held = words.subarray(heldAt, heldAt + objects).filter((word) => word !== 0).length
  const [records, pages] = [words[H_RECORDS_USED]!, words[H_PAGES_USED]!]
  return { records, pages, held, hazards, locksHeld, tables: tables.size, deferred: deferred.length }
}

/** Does something until it says ENOMEM: what all the times before gave. */
function untilFull<T>(make: () => T): T[] {
  const made: T[] = []
  for (;;) {
    try {
      made.push(make())
    } catch (error) {
      if (!isHandleError(error) || error.code !== 'ENOMEM') throw error
      return made
    }
  }
}

function small(): SharedMemory {
  return createSharedMemory({ bytes: 2 ** 20, objects: 16, tables: 4, kinds: [kind] })
}

describe('a shared memory that is full', () => {
  it('has no more objects: ENOMEM, and each comes back with its last release', () => {
    const memory = small()
    const start = inUse(memory)
    released = 0
    for (let round = 0; round < 3; round++) {
      const objects = untilFull(() => openShared(memory, kind))
      expect(objects.length).toBe(16)
      for (const object of objects) object.release()
      expect(inUse(memory)).toEqual(start)
    }
    expect(released).toBe(48)
  })

  it('has no record for a private object that is placed: ENOMEM, the object is the caller’s, the table as it was', () => {
    const memory = small()
    const table = createSharedTable(memory)
    const objects = untilFull(() => openShared(memory, kind))
    const object = defineKind<null>({ name: 'test-private' }).open(null)
    expect(() => table.insert(object)).toThrow('ENOMEM')
    expect(() => table.insertAll([objects[0]!, object])).toThrow('ENOMEM')
    expect(object.isLive).toBe(true)
    expect(objects[0]!.isLive).toBe(true)
    expect(table.activeHandles()).toEqual([])
    objects[0]!.release()
    expect(table.insert(object)).toBe(0)
    for (const each of objects) each.release()
    table.dispose()
    expect(inUse(memory).records).toBe(0)
  })

  it('has no more tables: ENOMEM, and what was allotted for the one too many is given back', () => {
    const memory = small()
    const start = inUse(memory)
    const tables = untilFull(() => createSharedTable(memory))
    expect(tables.length).toBe(4)
    for (const table of tables) table.dispose()
    expect(inUse(memory)).toEqual(start)
  })

  it('has no table for a copy: deepClone says ENOMEM and counts nothing', () => {
    const memory = small()
    const [table, ...others] = untilFull(() => createSharedTable(memory)) as [HandleTable, ...HandleTable[]]
    const handle = table.insert(openShared(memory, kind))
    const before = inUse(memory)
    released = 0
    expect(() => table.deepClone()).toThrow('ENOMEM')
    expect(inUse(memory)).toEqual(before)
    others[0]!.dispose()
    const copy = table.deepClone()
    table.close(handle)
    expect(released).toBe(0)
    copy.dispose()
    expect(released).toBe(1)
    for (const each of [table, ...others]) each.dispose()
    expect(inUse(memory)).toMatchObject({ records: 0, pages: 0, tables: 0 })
  })

  it('has no pages for a table, nor for its copy: ENOMEM, and room when others have given theirs back', () => {
    const memory = small()
    const start = inUse(memory)
    const table = createSharedTable(memory)
    table.insert(openShared(memory, kind))
    const before = inUse(memory)
    const pages = untilFull(() => allocate(memory, 1, 'test'))
    expect(pages.length).toBe(memory.words[H_PAGES]! - before.pages!)
    expect(() => createSharedTable(memory)).toThrow('ENOMEM')
    expect(() => table.deepClone()).toThrow('ENOMEM')
    for (const at of pages) free(memory, at)
    expect(inUse(memory)).toEqual(before)
    table.deepClone().dispose()
    table.dispose()
    expect(inUse(memory)).toEqual(start)
  })

  it('has no run of pages that is long enough: ENOMEM says how much is free, and holes are used', () => {
    const memory = small()
    const pages = untilFull(() => allocate(memory, PAGE_BYTES, 'test'))
    for (const [i, at] of pages.entries()) if (i % 2 === 0) free(memory, at)
    expect(() => allocate(memory, 2 * PAGE_BYTES, 'test')).toThrow(`${String(Math.ceil(pages.length / 2) * PAGE_BYTES)} free`)
    for (let i = 0; i < pages.length; i += 2) pages[i] = allocate(memory, PAGE_BYTES, 'test')
    expect(new Set(pages).size).toBe(pages.length)
    for (const at of pages) free(memory, at)
    free(memory, allocate(memory, pages.length * PAGE_BYTES, 'test'))
    expect(inUse(memory).pages).toBe(0)
  })

  it('counts no more references than fit: ENOMEM, dup and deepClone included, and no lock stays taken', () => {
    const memory = small()
    const table = createSharedTable(memory)
    const first = table.insert(openShared(memory, kind))
    const second = table.insert(openShared(memory, kind))
    released = 0
    const references = untilFull(() => table.get(second)!)
    expect(references.length).toBe(MOST_REFERENCES - 1)
    const before = inUse(memory)
    expect(() => table.dup(second)).toThrow('ENOMEM')
    expect(() => table.cloneForDup(second)).toThrow('ENOMEM')
    expect(() => table.deepClone()).toThrow('ENOMEM')
    expect(inUse(memory)).toEqual(before)
    expect(table.activeHandles()).toEqual([first, second])
    table.close(first)
    expect(released).toBe(1)
    for (const reference of references) reference.release()
    table.dispose()
    expect(released).toBe(2)
    expect(inUse(memory)).toMatchObject({ records: 0, pages: 0, locksHeld: 0 })
  })
})

describe('what is used again and again', () => {
  it('a table at the address of one that this thread has left is another table', () => {
    const memory = small()
    const other = joinMemory(memory.source, memory.words, undefined, { kinds: [kind] })
    const first = createSharedTable(memory, { capacity: 8 })
    ownerOf(attachSlots(other, share(first), {})).dispose()
    const pages = untilFull(() => allocate(memory, 1, 'test'))
    first.dispose()
    // The only page there is.
    const second = createSharedTable(memory, { capacity: 16 })
    const attached = ownerOf(attachSlots(other, share(second), {}))
    expect(attached.capacity).toBe(16)
    second.dispose()
    attached.dispose()
    for (const at of pages) free(memory, at)
    expect(inUse(memory)).toMatchObject({ pages: 0, tables: 0 })
    expect(inUse(other)).toMatchObject({ tables: 0 })
    leaveMemory(other)
  })

  it('10,000 rounds of tables, objects and duplicates leave in use what was at the start', () => {
    const memory = createSharedMemory({ bytes: 2 ** 20, objects: 32, tables: 4, kinds: [kind] })
    const start = inUse(memory)
    released = 0
    let made = 0
    for (let round = 0; round < 10_000; round++) {
      // Tables of several sizes, so that pages are cut up.
      const table = createSharedTable(memory, { capacity: 1 + ((round * 37) % 2000) })
      const handles: number[] = []
      for (let i = 0; i < Math.min(4, table.capacity); i++, made++) handles.push(table.insert(openShared(memory, kind)))
      const copy = table.deepClone()
      const kept = copy.get(handles[0]!)
      copy.dupErrno(handles[0]!)
      table.dup2Errno(handles[0]!, handles.at(-1)!)
      table.closeRange(1, 2)
      const clone = copy.clone()
      copy.dispose()
      table.dispose()
      clone.dispose()
      kept!.release()
    }
    expect(released).toBe(made)
    expect(inUse(memory)).toEqual(start)
  })
})
