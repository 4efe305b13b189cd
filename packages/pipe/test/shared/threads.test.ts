import { afterEach, describe, expect, it } from 'vitest'
import { openObjectOf, PipeOps, readAsync, writeAsync, type HandleTable } from '@ht/core'
import { createSharedMemory, createSharedTable, share } from '@ht/core/shared'
import { startThread } from '../../../../tooling/threads/start.js'
import { Watch } from '../../../../tooling/threads/watch.js'
import { expectThread } from '../../../core/src/shared/thread/attach-memory.js'
import { HEADER_WORDS, QUEUE_BITS, QUEUE_WORDS, T_STATE, THREAD_WORDS, ATTACHED } from '../../../core/src/shared/words/layout.js'
import { cleanUp } from '../../../core/src/shared/thread/repair.js'
import { createSharedPipe, sharedPipeKind } from '../../src/shared/index.js'
import { FOR_READERS, FOR_WRITERS } from '../../src/shared/layout.js'
import { checkPattern, pattern, record } from './pattern.js'
import type { Worker } from 'node:worker_threads'
import type { SharedMemory } from '@ht/core/shared'
import type { PipeOptions } from '../../src/index.js'
import type { SharedPipe } from '../../src/shared/shared-pipe.js'
import type { Job } from './pipe-thread.js'

const READ = 0
const WRITE = 1

const workers: Worker[] = []
const tables: HandleTable[] = []

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()))
  for (const table of tables.splice(0)) table.dispose()
})

describe.each([
  ['few threads, each with a bit of its own in every queue', 64],
  ['many threads, all of those here with the same bit', 1024],
])('in a memory for %s', (_, threads) => {
  /** A table with a pipe whose ends are handles 0 and 1, and threads that use it. */
  function scene(options: PipeOptions = {}) {
    const memory = createSharedMemory({ bytes: 6 * 2 ** 20, objects: 64, threads, kinds: [sharedPipeKind] })
    const table = createSharedTable(memory)
    tables.push(table)
    const { reader, writer } = createSharedPipe(memory, options)
    const { pipe } = openObjectOf(reader).state as { pipe: SharedPipe }
    table.insertAll([reader, writer])
    const start = (job: Omit<Job, 'token'>) => {
      const worker = startThread(new URL('./pipe-thread.ts', import.meta.url), { ...job, token: share(table, numberIn(memory)) })
      workers.push(worker)
      return { worker, result: new Watch(worker).next() }
    }
    /** Until some thread waits for a change that a reader sees, or a writer. */
    const waiting = async (side: number) => {
      const { words } = memory
      for (;;) {
        for (let i = 0; i < QUEUE_WORDS; i++) if (Atomics.load(words, pipe.at + side + i) !== 0) return
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    return { memory, table, pipe, start, waiting }
  }

  describe('a pipe between threads', () => {
    it.each([4096, 65_536])(
      'a blocking writer and a blocking reader: all bytes in order, then end of file (%i)',
      async (capacity) => {
        const { start } = scene({ capacity })
        const total = 3_000_000
        const read = start({ job: 'read', handle: READ, total })
        const write = start({ job: 'write', handle: WRITE, total })
        expect(await write.result).toBe(total)
        expect(await read.result).toBe(total)
      },
    )

    it('a blocking writer in another thread and a reader with promises', async () => {
      const { start, table } = scene({ capacity: 8192 })
      const total = 500_000
      const write = start({ job: 'write', handle: WRITE, total })
      const reader = table.get(READ)!
      const buffer = new Uint8Array(5000)
      let done = 0
      for (;;) {
        const count = await readAsync(reader, buffer)
        if (count === 0) break
        checkPattern(buffer.subarray(0, count), done)
        done += count
      }
      expect(done).toBe(total)
      expect(await write.result).toBe(total)
      reader.release()
    })

    it('a writer with promises and a blocking reader in another thread', async () => {
      const { start, table } = scene({ capacity: 8192 })
      const read = start({ job: 'read', handle: READ, total: 0 })
      const writer = table.get(WRITE)!
      const total = 500_000
      for (let done = 0; done < total;) done += await writeAsync(writer, pattern(done, 5000, 1))
      table.close(WRITE)
      writer.release()
      expect(await read.result).toBe(total)
    })

    it('a blocked reader sees the end of file when the last writer is closed elsewhere', async () => {
      const { start, table, waiting } = scene()
      const read = start({ job: 'read once', handle: READ, total: 10 })
      await waiting(FOR_READERS)
      // The object lives on, without a holder.
      const writer = table.get(WRITE)!
      table.close(WRITE)
      expect(await read.result).toBe(0)
      writer.release()
    })

    it('a blocked writer gets EPIPE when the last reader is closed elsewhere', async () => {
      const { start, table, waiting } = scene({ capacity: 4096 })
      const write = start({ job: 'write whole', handle: WRITE, total: 10_000 })
      await waiting(FOR_WRITERS)
      const reader = table.get(READ)!
      table.close(READ)
      expect(await write.result).toEqual({ written: 4096, code: 'EPIPE' })
      reader.release()
    })

    it('a blocked read keeps its end open when its handle is closed, and ends on the old object', async () => {
      const { start, table, waiting } = scene()
      const read = start({ job: 'read once', handle: READ, total: 10 })
      await waiting(FOR_READERS)
      table.close(READ)
      expect(table.withObject(WRITE, (writer) => writer.as(PipeOps)?.peerCount())).toBe(1)
      const writer = table.get(WRITE)!
      expect(await writeAsync(writer, pattern(0, 4, 0))).toBe(4)
      expect(await read.result).toBe(4)
      await expect(writeAsync(writer, pattern(0, 4, 0))).rejects.toMatchObject({ code: 'EPIPE' })
      writer.release()
    })

    it('small writes of several threads are never torn', async () => {
      const { start, table } = scene({ capacity: 4096 })
      const [threads, count] = [3, 2000]
      const writes = Array.from({ length: threads }, (_, number) =>
        start({ job: 'records', handle: WRITE, total: count, number }),
      )
      const reader = table.get(READ)!
      const next = Array.from({ length: threads }, () => 0)
      let rest = new Uint8Array(0)
      const buffer = new Uint8Array(5000)
      for (let seen = 0; seen < threads * count;) {
        const got = await readAsync(reader, buffer)
        const bytes = new Uint8Array([...rest, ...buffer.subarray(0, got)])
        let at = 0
        for (;;) {
          const length = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
          if (length === 0 || at + length > bytes.length) break
          const writer = bytes[at + 2]!
          expect(Buffer.compare(bytes.subarray(at, at + length), record(writer, next[writer]!))).toBe(0)
          next[writer] = next[writer]! + 1
          seen++
          at += length
        }
        rest = bytes.slice(at)
      }
      expect(await Promise.all(writes.map((it) => it.result))).toEqual([count, count, count])
      reader.release()
    })

    it('loses nothing when it is resized while two threads use it', async () => {
      const { start, table } = scene({ capacity: 4096 })
      const total = 2_000_000
      const read = start({ job: 'read', handle: READ, total })
      const write = start({ job: 'write', handle: WRITE, total })
      const state = { isOver: false }
      const over = Promise.all([read.result, write.result]).finally(() => (state.isOver = true))
      const writer = table.get(READ)!
      const answers = new Set<number>()
      for (let i = 0; !state.isOver; i++) {
        answers.add(writer.as(PipeOps)!.setCapacity(4096 << (i % 4)))
        await new Promise((resolve) => setImmediate(resolve))
      }
      expect(await over).toEqual([total, total])
      for (const answer of answers) expect([4096, 8192, 16_384, 32_768, -16]).toContain(answer)
      writer.release()
    })

    it('a reader whose thread dies while it is blocked leaves a broken pipe', async () => {
      const { memory, start, table, waiting } = scene()
      const { worker } = start({ job: 'read once', handle: READ, total: 10 })
      await waiting(FOR_READERS)
      table.close(READ)
      const peers = () => table.withObject(WRITE, (writer) => writer.as(PipeOps)?.peerCount())
      expect(peers()).toBe(1)
      await worker.terminate()
      for (let thread = 1; thread < threads; thread++) {
        if (memory.words[HEADER_WORDS + thread * THREAD_WORDS + T_STATE] === ATTACHED) cleanUp(memory, thread)
      }
      expect(peers()).toBe(0)
    })
  })
})

/** A number for a thread: where there are many, one whose bit is that of the thread that asks, number 0. */
function numberIn(memory: SharedMemory): number {
  for (;;) {
    const thread = expectThread(memory)
    if (!memory.sharesBits || thread % QUEUE_BITS === 0) return thread
  }
}
