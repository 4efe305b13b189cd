import { afterEach, describe, expect, it } from 'vitest'
import { createKernel } from '@ht/kernel'
import { createThreads } from '@ht/kernel/threads'
import { ATTACHED, FREE, H_LOCK, HEADER_WORDS, T_STATE, THREAD_WORDS } from '../../../core/src/shared/words/layout.js'
import { startThread } from '../../../../tooling/threads/start.js'

const unhandled: unknown[] = []
const keep = (error: unknown) => unhandled.push(error)
process.on('unhandledRejection', keep)

afterEach(() => {
  expect(unhandled).toEqual([])
})

/** A kernel with a task that ends when it is killed. */
function makeKernel() {
  const threads = createThreads({ createWorker: () => startThread(new URL('./worker.ts', import.meta.url), undefined) })
  const kernel = createKernel({ threads })
  kernel.spawn(() => new Promise<number>(() => undefined))
  return { kernel, memory: threads.memory }
}

describe('a kernel that is closed', () => {
  it('leaves its memory as soon as no other thread holds a lock of it, and is closed before', async () => {
    const { kernel, memory } = makeKernel()
    const { words } = memory
    const other = memory.thread + 1
    const state = HEADER_WORDS + other * THREAD_WORDS + T_STATE
    Atomics.store(words, state, ATTACHED)
    Atomics.store(words, H_LOCK, other + 1)
    expect(await kernel.close()).toEqual([])
    expect(memory.attached).toBe(true)
    Atomics.store(words, H_LOCK, 0)
    await until(() => !memory.attached)
    Atomics.store(words, state, FREE)
  })

  it.each([-1, 0, 1, 4, 2 ** 30])('is closed also if its memory is damaged: %i everywhere', async (word) => {
    const { kernel, memory } = makeKernel()
    memory.words.fill(word)
    expect(await kernel.close()).toEqual([])
  })
})

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 600_000
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`it has not come to be that ${String(isSo)}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
