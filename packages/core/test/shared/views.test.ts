import { describe, expect, it } from 'vitest'
import { defineKind } from '@ht/core'
import { createSharedMemory, createSharedTable, openShared, share } from '@ht/core/shared'
import { joinMemory } from '../../src/shared/thread/attach-memory.js'
import { SharedSlots } from '../../src/shared/table/shared-slots.js'
import { ownerOf, slotsOf } from '../../src/table/handle-table.js'

const kind = defineKind<null>({ name: 'test-plain', shared: { attach: () => null } })

describe('a view of a table that another thread owns', () => {
  it('is cloned to an owner that is counted, and outlives view and owner', () => {
    const memory = createSharedMemory({ bytes: 2 ** 20, objects: 16, tables: 4, kinds: [kind] })
    const other = joinMemory(memory.source, memory.words, undefined, { kinds: [kind] })
    const table = createSharedTable(memory)
    table.insert(openShared(memory, kind))
    const slots = slotsOf(table, 'table', 'test')
    if (!(slots instanceof SharedSlots)) throw new Error('it is in shared memory')
    const { at } = slots
    expect(share(table).table).toBe(0)
    const view = ownerOf(new SharedSlots(other, at, undefined, true))
    expect(table.isSoleOwner()).toBe(true)
    const clone = view.clone()
    expect(table.isSoleOwner()).toBe(false)
    const second = clone.clone()
    view.dispose()
    table.dispose()
    second.dispose()
    expect(clone.isSoleOwner()).toBe(true)
    expect(clone.activeHandles()).toEqual([0])
    clone.dispose()
    expect(other.tables.size).toBe(0)
  })
})
