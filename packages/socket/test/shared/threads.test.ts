import { afterEach, describe, expect, it } from 'vitest'
import { HUP, IN, openObjectOf, OUT, RDHUP, readAsync, readiness, whenReady, writeAsync, type HandleTable } from '@ht/core'
import { admitWorker, createSharedMemory, createSharedTable, share } from '@ht/core/shared'
import { SHUT_WR, SocketOps } from '@ht/core/socket'
import { startThread } from '../../../../tooling/threads/start.js'
import { Watch } from '../../../../tooling/threads/watch.js'
import { H_PAGES_USED, H_RECORDS_USED, QUEUE_WORDS } from '../../../core/src/shared/words/layout.js'
import { createSharedSocketPair, sharedLocalSocketKind } from '../../src/shared/index.js'
import { no, on } from '../support/local.js'
import type { SharedWaitQueue } from '@ht/core/shared'
import type { Worker } from 'node:worker_threads'
import type { Job } from './socket-thread.js'

const HERE = 0
const THERE = 1

const workers: Worker[] = []
const tables: HandleTable[] = []

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()))
  for (const table of tables.splice(0)) table.dispose()
})

/** A table with a pair whose sockets are handles 0 and 1, and threads that use it. */
function scene() {
  const memory = createSharedMemory({ bytes: 4 * 2 ** 20, objects: 64, kinds: [sharedLocalSocketKind] })
  const table = createSharedTable(memory)
  tables.push(table)
  const pair = createSharedSocketPair(memory)
  const queues = pair.map((socket) => (openObjectOf(socket).state as { changes: SharedWaitQueue }).changes.at)
  table.insertAll(pair)
  const start = (job: Job['job'], total = 0) => {
    const worker = startThread(new URL('./socket-thread.ts', import.meta.url), undefined)
    workers.push(worker)
    const watch = new Watch(worker)
    const { thread, cleaned } = admitWorker(memory, worker)
    worker.postMessage({ job, total, handle: THERE, token: share(table, thread) } satisfies Job)
    return { worker, result: watch.next(), cleaned }
  }
  /** Until some thread waits for a change of a side. */
  const waiting = async (side: number) => {
    for (;;) {
      for (let i = 0; i < QUEUE_WORDS; i++) if (Atomics.load(memory.words, queues[side]! + i) !== 0) return
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { memory, table, start, waiting }
}

describe('a socket pair between threads', () => {
  it('carries bytes both ways, all of them and in order, until sending was shut down', async () => {
    const { table, start } = scene()
    const { result } = start('echo')
    const near = table.get(HERE)!
    const total = 2_000_000
    const send = async () => {
      const piece = new Uint8Array(40_001)
      for (let done = 0; done < total;) {
        const count = Math.min(piece.length, total - done)
        for (let i = 0; i < count; i++) piece[i] = (done + i) % 251
        done += await writeAsync(near, piece.subarray(0, count))
      }
      near.as(SocketOps)!.shutdown(SHUT_WR)
    }
    const sent = send()
    const buffer = new Uint8Array(70_000)
    let done = 0
    let wrong = -1
    for (let count; (count = await readAsync(near, buffer)) > 0; done += count) {
      for (let i = 0; i < count && wrong < 0; i++) if (buffer[i] !== (done + i) % 251) wrong = done + i
    }
    await sent
    expect([done, wrong, await result]).toEqual([total, -1, total])
    near.release()
  })

  it('a blocked sender and a receiver with promises: the end of file is behind the last byte', async () => {
    const { table, start } = scene()
    const total = 1_500_000
    const { result } = start('send', total)
    const near = table.get(HERE)!
    const buffer = new Uint8Array(9001)
    let done = 0
    for (let count; (count = await readAsync(near, buffer)) > 0; done += count) expect(buffer[0]).toBe(done % 251)
    expect([done, await result]).toEqual([total, total])
    near.release()
  })

  it('a blocked receive ends with 0 when sending is shut down in another thread', async () => {
    const { table, start, waiting } = scene()
    const { result } = start('receive once', 8)
    await waiting(THERE)
    table.withObject(HERE, (near) => near.as(SocketOps)!.shutdown(SHUT_WR))
    expect(await result).toBe(0)
  })

  it('a blocked receive ends with 0 when the peer is closed in another thread', async () => {
    const { table, start, waiting } = scene()
    const { result } = start('receive once', 8)
    await waiting(THERE)
    table.close(HERE)
    expect(await result).toBe(0)
  })

  it('a close by another thread is told: HUP and RDHUP, 0 for a receive and EPIPE for a send', async () => {
    const { table, start } = scene()
    const near = table.get(HERE)!
    const { result } = start('close')
    await whenReady(near, RDHUP)
    expect(await readAsync(near, new Uint8Array(8))).toBe(0)
    expect(on(near).send(Uint8Array.of(1), 0)).toBe(no('EPIPE'))
    expect(await result).toBe('closed')
    near.release()
  })

  it('a side whose last holder dies with its thread has closed', async () => {
    const { memory, table, start, waiting } = scene()
    const { worker, cleaned } = start('receive once', 8)
    await waiting(THERE)
    // The receive under way keeps its side open, and is all that does.
    table.close(THERE)
    const near = table.get(HERE)!
    expect(readiness(openObjectOf(near))).toBe(OUT)
    const end = readAsync(near, new Uint8Array(8))
    await worker.terminate()
    await cleaned
    expect(await end).toBe(0)
    expect(readiness(openObjectOf(near))).toBe(IN | OUT | HUP | RDHUP)
    near.release()
    table.close(HERE)
    expect(memory.words[H_RECORDS_USED]).toBe(0)
  })

  it('1,000 pairs that are used by another owner of the table leave nothing behind', () => {
    const { memory, table } = scene()
    const inUse = () => [memory.words[H_PAGES_USED], memory.words[H_RECORDS_USED]]
    const before = inUse()
    for (let i = 0; i < 1000; i++) {
      const handles = table.insertAll(createSharedSocketPair(memory))
      const [near, far] = handles.map((handle) => table.get(handle)!) as [never, never]
      const sent = on(near).send(new Uint8Array((i * 977) % 300_000), 0)
      if (i % 2 === 0) expect(on(far).receive(new Uint8Array(300_000), 0)).toBe(sent === 0 ? no('EAGAIN') : sent)
      table.close(handles[i % 2] as never)
      table.close(handles[1 - (i % 2)] as never)
      for (const socket of [near, far]) (socket as { release(): void }).release()
    }
    expect(inUse()).toEqual(before)
  })
})
