import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { endBorrow } from '@ht/core'
import { createSharedMemory, createSharedTable, memoryToken, openShared, share } from '@ht/core/shared'
import { startThread } from '../../../../tooling/threads/start.js'
import { marks, READ_ONLY, READ_WRITE, targetKind, type RightsData } from './rights-kind.js'

const LOOKS = 1_000_000

describe('a number that another thread makes name one object and another', () => {
  it.each([
    ['by WebAssembly', false],
    ['by steps of JavaScript', true],
  ])('never lends an object with the mode of another one’s handle, %s', async (_, steps) => {
    const memory = createSharedMemory({ kinds: [targetKind] })
    const table = createSharedTable(memory, { capacity: 8, kinds: [targetKind] })
    const handles = [0, 1].map((isWritable) =>
      // Both could be written: what forbids it is the handle alone.
      table.insertWithMetadata(openShared(memory, targetKind, { own: [0, isWritable] }), {
        accessMode: isWritable === 1 ? 'ReadWrite' : 'ReadOnly',
        handleType: isWritable === 1 ? 'Regular' : 'LogOutput',
      }),
    )
    expect(handles).toEqual([READ_ONLY, READ_WRITE])
    const control = new Int32Array(new SharedArrayBuffer(8))
    const workers = [LOOKS, 0].map((looks) => {
      const data: RightsData = { memory: memoryToken(memory), token: share(table), control, looks, steps }
      return startThread(new URL('./rights-thread.ts', import.meta.url), data)
    })
    const [[[found]] = [[]]] = await Promise.all(
      workers.map((worker) => Promise.all([once(worker, 'message'), once(worker, 'exit')])),
    )
    const { written, refused, wrong } = found as Record<'written' | 'refused' | 'wrong', number>
    const marked = handles.map((handle) => {
      const open = table.borrow(handle)!
      const count = marks(open)
      endBorrow(open)
      return count
    })
    expect({ wrong, marked }).toEqual({ wrong: 0, marked: [0, written] })
    expect([written > 0, refused > 0]).toEqual([true, true])
    table.dispose()
  })
})
