import { setImmediate } from 'node:timers/promises'
import { createSharedMemory, createSharedTable, share, type SharedMemory } from '@ht/core/shared'
import {
  H_LOCK,
  H_PAGES_USED,
  H_RECORDS_USED,
  HAZARDS,
  HEADER_WORDS,
  DEFAULT_THREADS,
  T_HAZARDS,
  T_LOCKS,
  LOCKS,
  THREAD_WORDS,
} from '../../src/shared/words/layout.js'
import { startThread } from '../../../../tooling/threads/start.js'
import { Watch } from '../../../../tooling/threads/watch.js'
import { counted, watch, watchedKind } from './stress-kind.js'
import { CAPACITY, type StressData, type StressDone } from './stress-data.js'

/** What a stress came to. */
export interface Stress {
  readonly ms: number
  readonly made: number
  readonly released: number
  readonly tried: Record<string, number>
  readonly worked: Record<string, number>
  /** What is in use when all is over, and should be nothing. */
  readonly left: Record<string, number>
}

/** Two tables, several threads, and so many operations by all of them together. @throws what a thread threw */
export async function stress(operations: number, threads: number, conditions?: readonly string[]): Promise<Stress> {
  const memory = createSharedMemory({ kinds: [watchedKind] })
  const alive = new Int32Array(new SharedArrayBuffer(memory.objects * 4))
  watch(alive, 0)
  const before = { records: memory.words[H_RECORDS_USED]!, pages: memory.words[H_PAGES_USED]! }
  const tables = [0, 1].map(() => createSharedTable(memory, { capacity: CAPACITY }))
  const tokens = tables.map((table) => share(table))
  const start = performance.now()
  const watches = Array.from({ length: threads }, (_, i) => {
    const data: StressData = { tokens, alive, thread: i + 1, operations: Math.ceil(operations / threads) }
    return new Watch(startThread(new URL('./stress-thread.ts', import.meta.url), data, conditions))
  })
  try {
    const done = (await Promise.all(watches.map((thread) => thread.next()))) as StressDone[]
    await Promise.all(watches.map((thread) => thread.exited))
    const ms = performance.now() - start
    for (const table of tables) table.dispose()
    await settled(memory)
    return {
      ms,
      made: sum(done.map((it) => it.made)) + counted.made,
      released: sum(done.map((it) => it.released)) + counted.released,
      tried: addAll(done.map((it) => it.tried)),
      worked: addAll(done.map((it) => it.worked)),
      left: leftIn(memory, alive, before),
    }
  } finally {
    await Promise.all(watches.map(({ worker }) => worker.terminate()))
  }
}

/** Waits until what was left to this thread is done: it says itself when, by a timer that looks again. */
async function settled(memory: SharedMemory): Promise<void> {
  const end = performance.now() + 300_000
  while (memory.words[H_RECORDS_USED] !== 0 && performance.now() < end) await setImmediate()
}

function leftIn(memory: SharedMemory, alive: Int32Array, before: { records: number; pages: number }): Record<string, number> {
  const { words, objects } = memory
  const rows = words.subarray(
    memory.heldAt - memory.thread * objects,
    memory.heldAt + (DEFAULT_THREADS - memory.thread) * objects,
  )
  let ownWords = 0
  for (let thread = 0; thread < DEFAULT_THREADS; thread++) {
    const at = HEADER_WORDS + thread * THREAD_WORDS
    ownWords += nonZero(words.subarray(at + T_HAZARDS, at + T_HAZARDS + HAZARDS))
    ownWords += nonZero(words.subarray(at + T_LOCKS, at + T_LOCKS + LOCKS))
  }
  return {
    records: words[H_RECORDS_USED]! - before.records,
    pages: words[H_PAGES_USED]! - before.pages,
    alive: nonZero(alive),
    rows: nonZero(rows),
    'hazards and locks': ownWords,
    lock: words[H_LOCK]!,
  }
}

function nonZero(words: Int32Array): number {
  let count = 0
  for (const word of words) if (word !== 0) count++
  return count
}

function addAll(all: readonly Record<string, number>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const each of all) for (const [name, count] of Object.entries(each)) sums[name] = (sums[name] ?? 0) + count
  return sums
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}
