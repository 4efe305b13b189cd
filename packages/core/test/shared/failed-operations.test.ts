import { describe, expect, it } from 'vitest'
import { defineKind, type HandleTable, type KernelObject } from '@ht/core'
import { createSharedMemory, createSharedTable, openShared, type SharedMemory } from '@ht/core/shared'
import { joinMemory } from '../../src/shared/thread/attach-memory.js'
import { openObjectOf } from '../../src/object/reference.js'
import { H_RECORDS_USED, MOST_REFERENCES, TABLE_LOCK } from '../../src/shared/words/layout.js'
import { holdAtPauses } from '../../src/shared/words/pause.js'
import { SharedObject } from '../../src/shared/objects/shared-object.js'
import { SharedSlots } from '../../src/shared/table/shared-slots.js'
import { slotsOf } from '../../src/table/handle-table.js'

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

describe('an operation on a shared table that fails', () => {
  it('gives the holder back that could not be counted, and tells the kind', () => {
    const memory = begin()
    const table = createSharedTable(memory)
    const handle = table.insert(openShared(memory, told))
    const object = table.get(handle)!
    const references: KernelObject[] = []
    for (let i = 2; i < MOST_REFERENCES - 1; i++) references.push(table.get(handle)!)
    const before = recordOf(object).references
    expect(() => table.dup(handle)).toThrow('ENOMEM')
    expect(() => table.cloneForDup(handle)).toThrow('ENOMEM')
    expect(() => table.deepClone()).toThrow('ENOMEM')
    references.push(table.get(handle)!)
    expect(() => table.insert(object)).toThrow('ENOMEM')
    references.pop()!.release()
    expect(recordOf(object).references).toBe(before)
    expect(seen.clones).toBe(seen.drops)
    for (const reference of [object, ...references]) reference.release()
    table.dispose()
    expect(seen.releases).toBe(1)
    expect(memory.words[H_RECORDS_USED]).toBe(0)
  })

  it('gives the object back when the lock was not to be had', () => {
    const memory = begin()
    memory.lockPatience.most = 1
    const other = joinMemory(memory.source, memory.words, undefined, { kinds: [told] })
    const table = createSharedTable(memory)
    const handle = table.insert(openShared(memory, told))
    const object = openShared(memory, told)
    const plain = table.get(handle)!
    memory.words[slotsIn(table).at + TABLE_LOCK] = other.self
    expect(() => table.insertWithMetadata(object, { handleType: 'IpcChannel' })).toThrow('EAGAIN')
    expect(() => table.replace(1, object)).toThrow('EAGAIN')
    expect(() => table.insertAll([object])).toThrow('EAGAIN')
    expect(() => table.insert(plain)).toThrow('EAGAIN')
    expect(() => table.dup(handle)).toThrow('EAGAIN')
    expect(() => table.dup3(handle, 3)).toThrow('EAGAIN')
    memory.words[slotsIn(table).at + TABLE_LOCK] = 0
    object.release()
    plain.release()
    table.dispose()
    expect(seen.releases).toBe(2)
    expect(memory.words[H_RECORDS_USED]).toBe(0)
  })

  it('a reservation that is cancelled when its lock was not to be had can be cancelled later', () => {
    const memory = begin()
    memory.lockPatience.most = 1
    const other = joinMemory(memory.source, memory.words, undefined, { kinds: [told] })
    const table = createSharedTable(memory)
    const reservation = table.reserve()
    memory.words[slotsIn(table).at + TABLE_LOCK] = other.self
    expect(() => {
      reservation.cancel()
    }).toThrow('EAGAIN')
    memory.words[slotsIn(table).at + TABLE_LOCK] = 0
    reservation.cancel()
    expect(table.insert(openShared(memory, told))).toBe(0)
    table.dispose()
  })

  it('does not throw what the release of a stranger throws', () => {
    const kind = defineKind<null>({
      name: 'test-throws',
      shared: { attach: () => null },
      release() {
        throw new Error('of the release')
      },
    })
    const memory = createSharedMemory({ bytes: 2 ** 20, objects: 16, kinds: [kind] })
    const table = createSharedTable(memory)
    const handle = table.insert(openShared(memory, kind))
    holdAtPauses((point) => {
      if (point !== 'retain: counted') return
      holdAtPauses(undefined)
      table.close(handle)
    })
    try {
      expect(table.get(handle)).toBeUndefined()
    } finally {
      holdAtPauses(undefined)
    }
    expect(memory.words[H_RECORDS_USED]).toBe(0)
    table.dispose()
  })
})

describe('openShared', () => {
  it('refuses a kind that the thread was not given, and has made nothing', () => {
    const memory = createSharedMemory({ bytes: 2 ** 20, objects: 16, kinds: [] })
    expect(() => openShared(memory, told)).toThrow(/EINVAL.*test-told/)
    expect(memory.words[H_RECORDS_USED]).toBe(0)
  })
})
