import { describe, expect, it } from 'vitest'
import { createKernel, type Task } from '@ht/kernel'
import { createThreads } from '@ht/kernel/threads'
import { createMemoryTree, memoryKinds } from '@ht/file/memory'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
import { joinMemory } from '../../../core/src/shared/thread/attach-memory.js'
import { H_LOCK, H_PAGES_USED, H_RECORDS_USED } from '../../../core/src/shared/words/layout.js'
import { allLocks } from '../../../core/test/shared/locks.js'
import { bundled } from '../../../../tooling/threads/bundled.js'
import { startThread } from '../../../../tooling/threads/start.js'

const programs = bundled(new URL('./busy-lock-programs.ts', import.meta.url))

/**
 * A kernel whose thread waits for no lock at all. While it answers calls, another thread holds the locks that `held` tells, the first
 * few `turns`: a worker that waits for an answer needs none then.
 */
function makeKernel(held: 'the memory’s' | 'all', turns: number, atSecondWorker?: () => void) {
  let workers = 0
  const createWorker = () => {
    if (++workers === 2) atSecondWorker?.()
    return startThread(new URL('./worker.ts', import.meta.url), undefined)
  }
  const threads = createThreads({ createWorker, pipe: createSharedPipe })
  const kernel = createKernel({ kinds: [sharedPipeKind, ...memoryKinds], root: createMemoryTree().root(), threads })
  const { memory } = threads
  const { words, waits } = memory
  const other = joinMemory(memory.source, words, undefined, { kinds: [sharedPipeKind] })
  const serve = waits.serveCalls!
  const counts = { turns: 0 }
  waits.serveCalls = () => {
    if (counts.turns++ >= turns) {
      serve()
      return
    }
    const locks = (held === 'all' ? allLocks(memory) : [H_LOCK]).filter(
      (lock) => Atomics.compareExchange(words, lock, 0, other.self) === 0,
    )
    memory.lockPatience.most = -Infinity
    try {
      serve()
    } finally {
      memory.lockPatience.most = 50
      for (const lock of locks) Atomics.exchange(words, lock, 0)
    }
  }
  return { kernel, memory, other, counts, used: () => ({ records: words[H_RECORDS_USED], pages: words[H_PAGES_USED] }) }
}

describe.each(['the memory’s', 'all'] as const)('while the kernel’s thread cannot have a lock (%s)', (held) => {
  it.each(['spawn', 'fork', 'clone', 'exec', 'closeRange', 'pipe2', 'lsof'])(
    '%s of a worker’s task is not EAGAIN: it is done when the lock is free',
    async (name) => {
      const { kernel, counts, used } = makeKernel(held, 3)
      const before = used()
      const { text, status, error } = await kernel.run(programs, { worker: true, name, timeoutMs: 120_000 })
      expect({ text, status, error }).toEqual({ text: '7', status: 0, error: undefined })
      expect(counts.turns).toBeGreaterThan(0)
      await expect.poll(used, { timeout: 60_000 }).toEqual(before)
      await kernel.close()
    },
  )
})

describe('a task of a worker that is killed while the kernel’s thread cannot have a lock', () => {
  it.each(['spawn', 'fork', 'exec'])('%s: ends, has started nothing, and leaves nothing', async (name) => {
    const { kernel, counts, used } = makeKernel('all', Infinity)
    const before = used()
    const task: Task = kernel.spawn(programs, { worker: true, name })
    await expect.poll(() => counts.turns, { timeout: 60_000 }).toBeGreaterThan(5)
    expect(kernel.lsof().map(({ name }) => name)).toEqual([name])
    task.kill(task.id, 'KILL')
    expect((await task.exited).status).toBe(137)
    expect(kernel.lsof()).toEqual([])
    await expect.poll(used, { timeout: 60_000 }).toEqual(before)
    await kernel.close()
  })
})

describe('a child whose worker is made when the kernel’s thread can have no lock any more', () => {
  it('begins when the lock is free, and has not ended', async () => {
    let isFree = false
    const { kernel, memory, other } = makeKernel('all', 0, () => {
      Atomics.store(memory.words, H_LOCK, other.self)
      memory.lockPatience.most = -Infinity
      setTimeout(() => {
        isFree = true
        memory.lockPatience.most = 50
        Atomics.store(memory.words, H_LOCK, 0)
        Atomics.notify(memory.words, H_LOCK)
      }, 20)
    })
    const { text, error } = await kernel.run(programs, { worker: true, name: 'spawn', timeoutMs: 120_000 })
    expect({ text, error, isFree }).toEqual({ text: '7', error: undefined, isFree: true })
    await kernel.close()
  })
})

describe('what is at home in the kernel’s thread, while that cannot have the lock that its answer needs', () => {
  it('is opened once, and answers when the lock is free', async () => {
    const { kernel } = makeKernel('the memory’s', 1)
    const { text, error } = await kernel.run(programs, { worker: true, name: 'open', timeoutMs: 120_000 })
    expect({ text, error }).toEqual({ text: '7', error: undefined })
    await kernel.close()
  })
})
