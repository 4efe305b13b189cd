import { describe, expect, it } from 'vitest'
import { createKernel, type Task } from '@ht/kernel'
import { createThreads } from '@ht/kernel/threads'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
import { H_PAGES_USED, H_RECORDS_USED } from '../../../core/src/shared/words/layout.js'
import { startThread } from '../../../../tooling/threads/start.js'

const F_SETPIPE_SZ = 1031

/** What a task does at each depth of the stack: it has a pipe, 0 and 1. */
const attempts: Record<string, (task: Task) => void> = {
  'pipe2 and close': (task) => {
    for (const handle of task.pipe2()) task.close(handle)
  },
  'pipe2 up to the limit': (task) => {
    task.pipe2()
  },
  'dup and close': (task) => {
    task.close(task.dup(0))
  },
  dup2: (task) => {
    task.dup2(0, 9)
  },
  'read and write': (task) => {
    task.writeErrno(1, new Uint8Array(5))
    task.readErrno(0, new Uint8Array(5))
  },
  'fcntl that changes the size of a pipe': (task) => {
    for (const size of [4096, 65_536]) task.fcntl(0, F_SETPIPE_SZ, size)
  },
  fork: (task) => {
    task.fork(() => 0)
  },
}

/** How often it is tried: one frame is some 100 bytes, and the last 64 KiB of the stack are to be tried at each of them. */
const TIMES = 1000

/** Goes down to the end of the stack, and does something at each depth of the last part of the way back. */
function atTheEnd(attempt: () => void): void {
  let left = TIMES
  const descend = () => {
    try {
      descend()
    } catch {
      // The end of the stack.
    }
    if (left-- > 0) attempt()
  }
  descend()
}

describe('a function’s task that comes to the end of the stack in the middle of', () => {
  it.each(Object.entries(attempts))('%s: nothing of the shared memory is lost', async (_, attempt) => {
    const createWorker = () => startThread(new URL('./worker.ts', import.meta.url), undefined)
    const threads = createThreads({ createWorker, pipe: createSharedPipe })
    const kernel = createKernel({ kinds: [sharedPipeKind], threads })
    const { memory } = threads
    const used = () => ({ records: memory.words[H_RECORDS_USED], pages: memory.words[H_PAGES_USED] })
    const before = used()
    let overflows = 0
    const task = kernel.spawn((task) => {
      task.pipe2()
      const tolerant = () => {
        try {
          attempt(task)
        } catch (error) {
          if (error instanceof RangeError) overflows++
        }
      }
      for (let round = 0; round < 3; round++) {
        try {
          atTheEnd(tolerant)
        } catch {
          // At the very end not even what catches it has room.
        }
        task.closeRange(2, Infinity)
      }
      return 0
    })
    expect((await task.exited).error).toBeUndefined()
    expect(overflows).toBeGreaterThan(0)
    await expect.poll(used, { timeout: 60_000 }).toEqual(before)
    await kernel.close()
  })
})
