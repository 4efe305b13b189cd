import { expect, it } from 'vitest'
import { defineKind, type HandleType } from '@ht/core'
import { createSharedMemory, createSharedTable, openShared } from '@ht/core/shared'
import { SLOT_RECORD } from '../../src/shared/words/layout.js'
import { intern } from '../../src/shared/words/interned-texts.js'
import { SharedSlots } from '../../src/shared/table/shared-slots.js'
import { slotsOf } from '../../src/table/handle-table.js'
import { allLocks, heldBy } from './locks.js'

const kind = defineKind<null>({ name: 'test-plain', shared: { attach: () => null } })

/** A table whose handle 0 names a record that is none. */
function scene() {
  const memory = createSharedMemory({ bytes: 2 ** 20, objects: 16, tables: 4, kinds: [kind] })
  const open = () => openShared(memory, kind)
  const table = createSharedTable(memory, { capacity: 8 })
  table.insertAll([open(), open()])
  const owned = table.own(0)!
  const slots = slotsOf(table, 'table', 'test')
  if (!(slots instanceof SharedSlots)) throw new Error('it is in shared memory')
  const word = slots.slotsAt
  const damage = () => {
    memory.words[word] = (memory.firstPage & SLOT_RECORD) | (memory.words[word]! & ~SLOT_RECORD)
  }
  return { memory, table, owned, open, damage }
}

type Scene = ReturnType<typeof scene>

const changes: Record<string, (it: Scene) => unknown> = {
  dup2: ({ table }) => table.dup2(1, 0),
  replace: ({ table, open }) => table.replace(0, open()),
  close: ({ table }) => {
    table.close(0)
  },
  closeRange: ({ table }) => {
    table.closeRange(0, 7)
  },
  updateMetadata: ({ table }) => {
    table.updateMetadata(0, { handleType: 'another' as HandleType })
  },
  'close of an owned handle': ({ owned }) => {
    owned.close()
  },
  dispose: ({ table }) => {
    table.dispose()
  },
}

it.each(Object.entries(changes))('%s of a handle that is damaged throws EIO and leaves no lock taken', (_, change) => {
  const it = scene()
  it.damage()
  expect(() => change(it)).toThrow(/^EIO/)
  expect(it.memory.locksHeld).toBe(0)
  expect(allLocks(it.memory).filter((lock) => heldBy(it.memory, lock) >= 0)).toEqual([])
})

it.each(['', '{', 'null', '1', '{}', '{"name":"a","capabilities":{"b":null},"hooks":{}}'])(
  'a kind that is described by %j is damaged: EIO',
  (text) => {
    const { memory } = scene()
    expect(() => memory.bindings.description(intern(memory, text))).toThrow(/^EIO: .*a kind has no description/)
  },
)
