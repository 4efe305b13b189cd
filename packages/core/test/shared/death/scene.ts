import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import {
  allocate,
  createAccount,
  createSharedMemory,
  createSharedTable,
  free,
  own,
  type MemoryAccount,
  type SharedMemory,
} from '@ht/core/shared'
import { bundle } from '../../../../../tooling/bundle.js'
import {
  A_USED,
  ACCOUNT_WORDS,
  H_AWAKE,
  H_LOCK,
  H_PAGES_USED,
  H_RECORDS_USED,
  HEADER_WORDS,
  LOCKS,
  PAGES,
  RECORDS,
  TABLES,
  DEFAULT_THREADS,
  T_LOCKS,
  T_STATE,
  THREAD_WORDS,
} from '../../../src/shared/words/layout.js'
import { CLONES, DROPS, kinds, LOG_WORDS, openWitness, plainKind, RELEASES, toldKind } from './witness-kind.js'
import type { World } from './programs.js'

/** How many objects there may be logs of. */
const LOGS = 200

/** A thread's program in one file, since it is started many times. */
export class ThreadFile {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ht-death-'))
  readonly #file = join(this.#folder, 'thread.mjs')

  constructor(source: URL) {
    bundle(fileURLToPath(source), this.#file)
  }

  start(given: unknown): Worker {
    return new Worker(pathToFileURL(this.#file), { workerData: { given }, execArgv: [] })
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true })
  }
}

/** A memory of its own with a table of a few objects, where it is written down what happens to them, and an account for who dies. */
export function makeWorld(): World & { readonly account: MemoryAccount } {
  const memory = createSharedMemory({ bytes: 2 ** 20, objects: 64, tables: 16, kinds })
  const logs = allocate(memory, LOGS * LOG_WORDS * 4, 'test')
  own(memory, logs)
  const table = createSharedTable(memory, { capacity: 64 })
  const [plain, told, other, last] = [plainKind, toldKind, toldKind, plainKind].map((kind, number) =>
    openWitness(memory, kind, number, logs),
  )
  if (plain === undefined || told === undefined || other === undefined || last === undefined) throw new Error('four are made')
  table.insertAll([plain, told])
  table.dup(0)
  table.insertAll([other, last])
  return { memory, table, logs, account: createAccount(memory) }
}

/** What other threads see of a table: of each handle the object, told as the number of objects before it, and its metadata. */
export function seen({ table }: World): string {
  const numbers = new Map<number, number>()
  const handles: string[] = []
  table.forEachWithMetadata((handle, object, { handleType, specialSemantics }) => {
    if (!numbers.has(object.id)) numbers.set(object.id, numbers.size)
    handles.push([handle, object.kindName, numbers.get(object.id), handleType, ...specialSemantics].join('/'))
  })
  return `${handles.join(' ')}, ${String(table.openCount())}`
}

/** Does a little of everything with a table that others have used, and leaves it as it was. */
export function useTable(world: World): void {
  const { memory, table, logs } = world
  const before = seen(world)
  const handle = table.insert(openWitness(memory, toldKind, LOGS - 1, logs))
  if (table.activeHandles().slice(0, handle).length !== handle) throw new Error(`${String(handle)} is not the lowest free number`)
  const second = table.dup(handle)
  table.dup2(handle, second)
  table.get(second)?.release()
  table.deepClone().dispose()
  table.close(handle)
  table.close(second)
  if (seen(world) !== before) throw new Error(`${seen(world)} was ${before}`)
}

/** What is wrong in a memory in which everybody has given everything back: one line for each thing. */
export function leftovers({ memory, logs }: Pick<World, 'memory' | 'logs'>): string[] {
  const { words, objects } = memory
  const wrong: string[] = []
  const expectWord = (what: string, at: number, value: number) => {
    if (words[at] !== value) wrong.push(`${what}: ${String(words[at])}, not ${String(value)}`)
  }
  free(memory, logs)
  expectWord('records in use', H_RECORDS_USED, 0)
  expectWord('pages in use', H_PAGES_USED, 0)
  expectWord('awake', H_AWAKE, words[H_AWAKE] === 0 ? 0 : 1)
  expectWord('lock', H_LOCK, 0)
  for (let account = 0; account < memory.threadLimit; account++) {
    const at = memory.accountsAt + account * ACCOUNT_WORDS + A_USED
    for (const what of [PAGES, RECORDS, TABLES]) expectWord(`${String(what)} of account ${String(account)}`, at + what, 0)
  }
  for (let thread = 0; thread < DEFAULT_THREADS; thread++) {
    const at = HEADER_WORDS + thread * THREAD_WORDS
    if (thread !== memory.thread) expectWord(`state of thread ${String(thread)}`, at + T_STATE, 0)
    for (let i = 0; i < LOCKS; i++) expectWord(`lock ${String(i)} of thread ${String(thread)}`, at + T_LOCKS + i, 0)
    for (let i = 0; i < objects; i++) {
      expectWord(`held by ${String(thread)} of ${String(i)}`, memory.heldAt + (thread - memory.thread) * objects + i, 0)
      expectWord(
        `waiting in ${String(thread)} on ${String(i)}`,
        memory.heldOperationsAt + (thread - memory.thread) * objects + i,
        0,
      )
    }
  }
  return wrong
}

/** What is wrong with the ends of objects: each that was made is released once, and told of each holder that went. */
export function wrongEnds({ memory, logs }: World): string[] {
  const wrong: string[] = []
  for (let number = 0; number < LOGS - 1; number++) {
    const [releases, clones, drops] = [RELEASES, CLONES, DROPS].map((what) => memory.words[logs + number * LOG_WORDS + what]) as [
      number,
      number,
      number,
    ]
    if (releases > 1) wrong.push(`object ${String(number)} was released ${String(releases)} times`)
    if (number < 4 && releases === 0) wrong.push(`object ${String(number)} was not released`)
    // The end of the last operation may tell of no holder once more (`SharedHooks`).
    if (drops > 2 + clones) wrong.push(`object ${String(number)} had ${String(1 + clones)} holders, and ${String(drops)} went`)
    // A holder that was asked for may not have been counted any more.
    if (releases === 1 && (number === 1 || number === 2) && drops < Math.max(1, clones)) {
      wrong.push(`object ${String(number)} was told of ${String(drops)} holders that went, of ${String(1 + clones)}`)
    }
  }
  return wrong
}

/** What threads are at, for whoever has to find out why they do not go on. */
export function stateOf({ words }: SharedMemory): string {
  const threads: string[] = []
  for (let thread = 0; thread < DEFAULT_THREADS; thread++) {
    const at = HEADER_WORDS + thread * THREAD_WORDS
    const locks = [...words.subarray(at + T_LOCKS, at + T_LOCKS + LOCKS)].filter((lock) => lock !== 0)
    const held = locks.map((lock) => `lock ${String(lock)} is ${String(words[lock])}`)
    if (words[at + T_STATE] !== 0)
      threads.push(`thread ${String(thread)} in state ${String(words[at + T_STATE])}: ${held.join(', ')}`)
  }
  return threads.join('; ')
}

/** Waits until nothing is in use but what the test itself has: others may leave things to this thread. */
export async function settled({ memory }: Pick<World, 'memory'>): Promise<void> {
  const deadline = performance.now() + 300_000
  while (memory.words[H_RECORDS_USED] !== 0 && performance.now() < deadline) await new Promise(setImmediate)
}

/** Until a word is no more what it was. */
export async function changed(word: Int32Array, from: number): Promise<number> {
  const wait = Atomics.waitAsync(word, 0, from)
  // A pending wait does not keep the process.
  const alive = setInterval(() => undefined, 1000)
  if (wait.async) await wait.value
  clearInterval(alive)
  return Atomics.load(word, 0)
}
