import { describe, expect, it } from 'vitest'
import { createSharedMemory, createSharedTable, leaveMemory, type SharedMemory } from '@ht/core/shared'
import { expectThread, joinMemory } from '../../src/shared/thread/attach-memory.js'
import { EAGAIN } from '../../src/errors/numbers.js'
import { H_LOCK, QUEUE_BITS, R_QUEUE, RUN_OWNED } from '../../src/shared/words/layout.js'
import { acquire, holderOf, release } from '../../src/shared/words/lock.js'
import { allocate, bytesOf, free } from '../../src/shared/words/pages.js'
import { recordAt } from '../../src/shared/objects/records.js'
import { cleanUp } from '../../src/shared/thread/repair.js'
import { endHome, startCaller, startHome } from './calls/start.js'

const small = { bytes: 16 * 2 ** 20, objects: 64, tables: 16 }

describe('the limit of threads', () => {
  it('is 64 by default, and an option from 2 to 4094', () => {
    expect(createSharedMemory({ bytes: 2 ** 20, objects: 64 }).threadLimit).toBe(64)
    for (const threads of [1, 4095, 2.5, NaN, '9' as never]) {
      expect(() => createSharedMemory({ ...small, threads })).toThrow('options.threads')
    }
    expect(() => createSharedMemory({ bytes: 2 ** 20, threads: 4094 })).toThrow('options.bytes must be more')
  })

  it.each([2, 64, 1024, 4094])(
    '%i threads: one more is EAGAIN, and changes nothing; a number that is free again is taken',
    (threads) => {
      const memory = createSharedMemory({ ...small, threads })
      for (let thread = 1; thread < threads; thread++) expect(expectThread(memory)).toBe(thread)
      expect(() => expectThread(memory)).toThrow(expect.objectContaining({ code: 'EAGAIN' }))
      const freed = Math.ceil(threads / 2)
      cleanUp(memory, freed)
      expect(expectThread(memory)).toBe(freed)
      expect(() => expectThread(memory)).toThrow(expect.objectContaining({ code: 'EAGAIN' }))
      leaveMemory(memory)
    },
  )

  it('the last number holds locks, pages and tables like any other, and what it leaves is given back', () => {
    const memory = createSharedMemory({ ...small, threads: 4094 })
    const last = lastOf(memory)
    expect(last.thread).toBe(4093)
    acquire(last, H_LOCK)
    expect(holderOf(memory.words, H_LOCK)).toBe(4093)
    release(last, H_LOCK)
    const at = allocate(last, 3 * 2 ** 20, 'test')
    expect(bytesOf(last, at)).toBe(3 * 2 ** 20)
    expect(memory.words[last.runsAt + (at - last.firstPage) / 1024]! & RUN_OWNED).toBe(4094)
    free(last, at)
    const table = createSharedTable(last, { capacity: 64 })
    expect(table.isSoleOwner()).toBe(true)
    allocate(last, 4096, 'test')
    acquire(last, H_LOCK)
    cleanUp(memory, last.thread)
    expect(holderOf(memory.words, H_LOCK)).toBe(-1)
    expect(expectThread(memory)).toBe(4093)
    leaveMemory(memory)
  })

  it('calls of threads that have a bit in common are all answered by the home', async () => {
    const memory = createSharedMemory({ ...small, threads: 1024 })
    const table = createSharedTable(memory)
    const home = await startHome(memory, table)
    const callers = []
    for (let i = 0; i < 4; i++) {
      while ((expectThread(memory) + 1) % QUEUE_BITS !== 5);
      callers.push(startCaller(memory, table, { handle: home.handle, task: 'addMany', times: 20_000 }))
    }
    expect(callers.map(({ thread }) => thread % QUEUE_BITS)).toEqual([5, 5, 5, 5])
    for (const { answer } of callers) expect(await answer).toBe(20_000)
    await Promise.all(callers.map(({ ended }) => ended))
    await endHome(home)
    table.dispose()
  })
})

describe('threads that have a bit in common', () => {
  /** Two such threads, and one that changes what both wait for: all of them are this one. */
  function scene() {
    const memory = createSharedMemory({ ...small, threads: 128 })
    const other = joinMemory(memory.source, memory.words, undefined, {})
    while (expectThread(memory) < QUEUE_BITS - 1);
    const twin = joinMemory(memory.source, memory.words, undefined, {})
    expect([memory.thread, twin.thread]).toEqual([0, QUEUE_BITS])
    return { memory, other, twin, queue: recordAt(memory, 0) + R_QUEUE }
  }

  it('are both told of a change, though one has set the bit again before the other looks', () => {
    const { memory, other, twin, queue } = scene()
    const told: string[] = []
    const stop = [memory.waits.listen(queue, () => told.push('first')), twin.waits.listen(queue, () => told.push('twin'))]
    for (const { waits } of [memory, twin]) waits.answerRing()
    told.length = 0
    other.waits.wake(queue)
    memory.waits.answerRing()
    twin.waits.answerRing()
    expect(told).toEqual(['first', 'twin'])
    memory.waits.answerRing()
    twin.waits.answerRing()
    expect(told).toEqual(['first', 'twin'])
    for (const it of stop) it()
  })

  it('look again before they sleep, though the other has set the bit since the change', () => {
    const { memory, other, twin, queue } = scene()
    let attempts = 0
    const attempt = () => {
      if (++attempts > 1) return 7
      other.waits.wake(queue)
      memory.waits.enlist(queue)
      return -EAGAIN
    }
    expect(twin.waits.block([queue], attempt, { deadline: performance.now() + 60_000, spins: false }, 'test')).toBe(7)
  })

  it('are both told when a dead thread may have taken the bit', () => {
    const { memory, other, twin, queue } = scene()
    let told = 0
    const stop = twin.waits.listen(queue, () => told++)
    twin.waits.answerRing()
    told = 0
    memory.words.fill(0, queue, queue + 2)
    memory.waits.enlist(queue)
    cleanUp(memory, other.thread)
    twin.waits.answerRing()
    expect(told).toBe(1)
    stop()
  })
})

/** This thread once more, with the highest number. */
function lastOf(memory: SharedMemory): SharedMemory {
  while (expectThread(memory) < memory.threadLimit - 2);
  return joinMemory(memory.source, memory.words, undefined, {})
}
