import { describe, expect, it } from 'vitest'
import { createSharedMemory, createSharedTable, memoryToken } from '@ht/core/shared'
import { testTable } from '../../src/conformance/index.js'
import { H_PAGES_USED, H_RECORDS_USED } from '../../src/shared/words/layout.js'
import { startThread } from '../../../../tooling/threads/start.js'
import { Watch } from '../../../../tooling/threads/watch.js'

describe('a table in shared memory', () => {
  const memory = createSharedMemory({ bytes: 32 * 1024 * 1024, spins: 0 })
  testTable({ describe, it }, { make: (options) => createSharedTable(memory, options) })
})

describe('a table in shared memory, by steps of JavaScript', () => {
  const memory = createSharedMemory({ bytes: 32 * 1024 * 1024, spins: 0 })
  // As where a page forbids WebAssembly.
  Object.assign(memory, { hot: undefined })
  testTable({ describe, it }, { make: (options) => createSharedTable(memory, options) })
})

describe('tables of several threads in one memory', () => {
  it('keep all rules at the same time, and leave nothing behind', async () => {
    const memory = createSharedMemory()
    const rounds = 5
    const ends = Array.from({ length: 3 }, async () => {
      const thread = new Watch(
        startThread(new URL('./conformance-thread.ts', import.meta.url), { token: memoryToken(memory), rounds }),
      )
      const outcome = (await thread.next()) as { ran: number; failures: string[] }
      await thread.exited
      return outcome
    })
    for (const { ran, failures } of await Promise.all(ends)) {
      expect(failures).toEqual([])
      expect(ran).toBeGreaterThanOrEqual(60 * rounds)
    }
    expect([memory.words[H_RECORDS_USED], memory.words[H_PAGES_USED]]).toEqual([0, 0])
  })
})
