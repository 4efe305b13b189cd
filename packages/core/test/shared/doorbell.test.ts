import { describe, expect, it } from 'vitest'
import { defineKind } from '@ht/core'
import { allocate, createSharedMemory, createSharedTable, free, leaveMemory, openShared, share } from '@ht/core/shared'
import { EAGAIN } from '../../src/errors/numbers.js'
import { joinMemory } from '../../src/shared/thread/attach-memory.js'
import { H_SERVER } from '../../src/shared/words/layout.js'
import { attachSlots } from '../../src/shared/table/shared-table.js'
import { ownerOf } from '../../src/table/handle-table.js'

describe('a thread that blocks', () => {
  it('looks again after a change that it made itself while it answered a ring', () => {
    let isReady = false
    const kind = defineKind<null>({
      name: 'test-wakes',
      shared: { attach: () => null },
      release() {
        isReady = true
        memory.waits.wake(queue)
      },
    })
    const memory = createSharedMemory({ bytes: 2 ** 20, objects: 16, kinds: [kind] })
    const other = joinMemory(memory.source, memory.words, undefined, { kinds: [] })
    const queue = allocate(memory, 1, 'test')
    const table = createSharedTable(memory)
    table.insert(openShared(memory, kind))
    const attached = ownerOf(attachSlots(other, share(table), {}))
    let attempts = 0
    const attempt = () => {
      // It is left to this thread, which is rung, between reading its doorbell and reading it again.
      if (++attempts === 1) attached.close(0)
      return isReady ? 1 : -EAGAIN
    }
    const answer = memory.waits.block([queue], attempt, { deadline: performance.now() + 600_000, spins: false }, 'test')
    expect(answer).toBe(1)
    attached.dispose()
    table.dispose()
    free(memory, queue)
    leaveMemory(other)
  })
})

describe('an error of what the thread that serves does between its other work', () => {
  it.each([
    ['is told, if it is a defect', new TypeError('a defect'), true, 0],
    ['is not, if damaged memory may be the cause', new RangeError('out of bounds'), false, 0],
    ['is not, if the word that says which one serves is damaged as well', new RangeError('out of bounds'), false, 7],
  ])('%s', async (_, error, isTold, server) => {
    const memory = createSharedMemory({ bytes: 2 ** 20, objects: 16 })
    expect(memory.isServer).toBe(true)
    const told: unknown[] = []
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', (it) => {
      told.push(it)
    })
    try {
      let turns = 0
      memory.words[H_SERVER] = server
      memory.waits.tellSignals(() => {
        turns++
        throw error
      })
      memory.waits.signal(memory.thread, 1)
      while (turns === 0) await new Promise((resolve) => setImmediate(resolve))
      await new Promise((resolve) => setImmediate(resolve))
      expect(told).toEqual(isTold ? [error] : [])
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const other of others) process.on('uncaughtException', other)
    }
    leaveMemory(memory)
  })
})
