import { afterEach, expect, it } from 'vitest'
import { readAsync, type KernelObject } from '@ht/core'
import { createKernel, type Kernel } from '@ht/kernel'
import { createThreads } from '@ht/kernel/threads'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
import {
  FREE,
  H_PAGES_USED,
  H_RECORDS_USED,
  HEADER_WORDS,
  DEFAULT_THREADS,
  T_STATE,
  THREAD_WORDS,
} from '../../../core/src/shared/words/layout.js'
import { bundled } from '../../../../tooling/threads/bundled.js'
import { startThread } from '../../../../tooling/threads/start.js'
import { SPOKEN_BYTES } from './death-data.js'
import type { Worker } from 'node:worker_threads'
import type { SharedMemory } from '@ht/core/shared'

const DEATHS = Number(process.env['HT_DEATHS'] ?? 30)
/** Each team of three tasks loses these, in any order: the third ends by itself when nobody writes to it any more. */
const TEAMS = Math.ceil(DEATHS / 2.5)
/** How many teams there are at the same time. */
const LANES = 2
/** Bytes of the pipe that tasks say in that they go on. What they had said before is at most so much. */
const CAPACITY = 1024

const programs = bundled(new URL('./death-programs.ts', import.meta.url))
const workers = new Set<Worker>()
let kernel: Kernel | undefined
let lastWorker: Worker | undefined

function createWorker(): Worker {
  const worker = startThread(new URL('./pipe-worker.ts', import.meta.url), undefined)
  lastWorker = worker
  workers.add(worker)
  worker.on('exit', () => workers.delete(worker))
  return worker
}

afterEach(async () => {
  kernel?.close()
  await allGone()
})

/** Waits until no worker is left, and nothing of one. */
async function allGone(): Promise<void> {
  await Promise.all([...workers].map((worker) => new Promise((resolve) => worker.on('exit', resolve))))
  await new Promise((resolve) => setImmediate(resolve))
}

const rule = 'tasks whose workers are terminated leave nothing, and who reads from them comes to the end'

it(`${rule}: ${String(TEAMS)} teams`, { timeout: 900_000 + TEAMS * 30_000 }, async () => {
  const threads = createThreads({
    createWorker,
    pipe: createSharedPipe,
    memory: { bytes: 16 * 2 ** 20, objects: 512, tables: 64 },
  })
  const host = (kernel = createKernel({ kinds: [sharedPipeKind], threads }))
  const { memory } = threads
  const used = () => ({
    records: memory.words[H_RECORDS_USED],
    pages: memory.words[H_PAGES_USED],
    threads: Array.from({ length: DEFAULT_THREADS }, (_, i) => memory.words[HEADER_WORDS + i * THREAD_WORDS + T_STATE]).filter(
      (state) => state !== FREE,
    ).length,
  })
  const before = used()
  const random = seeded(DEATHS)
  let left = TEAMS
  const lane = async () => {
    while (left-- > 0) await team(host, left, memory, random)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  expect(host.tasks()).toEqual([])
  await allGone()
  expect(used()).toEqual(before)
})

/** Has three tasks work together, and ends them one after the other. */
async function team(host: Kernel, seed: number, memory: SharedMemory, random: (below: number) => number): Promise<void> {
  const { reader, writer } = createSharedPipe(memory, { capacity: CAPACITY })
  const group = new Set(host.tasks())
  const owner = host.spawn(programs, { worker: true, name: 'owner', args: [String(seed)], stdout: writer })
  const ownersWorker = lastWorker
  writer.release()
  const heard = new Speech(reader)
  await Promise.all(['owner', 'sharer', 'drain'].map((name) => heard.more(name, random(100) * SPOKEN_BYTES)))
  const mine = host.tasks().filter((task) => !group.has(task) && task.args[0] === String(seed))
  const named = (name: string) => mine.find((task) => task.name === name)!
  expect(mine.map(({ name }) => name).sort()).toEqual(['drain', 'owner', 'sharer'])

  const drain = named('drain')
  const order = shuffled(['owner', 'sharer', ...(random(2) === 0 ? ['drain'] : [])], random)
  const gone = new Set<string>()
  for (const name of order) {
    const task = named(name)
    const isTerminated = task === owner && random(2) === 0
    // The kernel kills a task by ending its worker; a worker may also end without it.
    if (isTerminated) void ownersWorker?.terminate()
    else host.kill(task.id, 'KILL')
    // Node gives an ended worker status 1.
    expect(await task.exited).toMatchObject(isTerminated ? { status: 1 } : { status: 137, signal: 'KILL' })
    gone.add(name)
    // What goes on says more than had been said before.
    const writing = ['owner', 'sharer'].filter((other) => !gone.has(other))
    const others = writing.length > 0 && !gone.has('drain') ? [...writing, 'drain'] : writing
    await Promise.all(others.map((other) => heard.more(other, CAPACITY + SPOKEN_BYTES)))
  }
  // Nobody else writes to it.
  expect(await drain.exited).toMatchObject(gone.has('drain') ? { status: 137 } : { status: 5, error: undefined })
  await heard.end
  reader.release()
}

/** What tasks say in a pipe, by the first letters of their names, read all the time. */
class Speech {
  readonly #bytes = new Map<number, number>()
  readonly #listeners = new Set<() => void>()
  #isOver = false
  /** Settled at the end of file. */
  readonly end: Promise<void>

  constructor(reader: KernelObject) {
    this.end = this.#listen(reader)
  }

  /** Until a task has said so many bytes more. */
  async more(name: string, bytes: number): Promise<void> {
    const letter = name.charCodeAt(0)
    const goal = this.#count(letter) + Math.max(1, bytes)
    while (this.#count(letter) < goal) {
      if (this.#isOver) throw new Error(`nobody says anything any more, the ${name} neither`)
      await new Promise<void>((resolve) => this.#listeners.add(resolve))
    }
  }

  #count(letter: number): number {
    return this.#bytes.get(letter) ?? 0
  }

  async #listen(reader: KernelObject): Promise<void> {
    const buffer = new Uint8Array(CAPACITY)
    for (let count; (count = await readAsync(reader, buffer)) > 0;) {
      for (const letter of buffer.subarray(0, count)) this.#bytes.set(letter, this.#count(letter) + 1)
      this.#tell()
    }
    this.#isOver = true
    this.#tell()
  }

  #tell(): void {
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) listener()
  }
}

function shuffled<T>(items: readonly T[], random: (below: number) => number): T[] {
  const rest = [...items]
  return items.map(() => rest.splice(random(rest.length), 1)[0] as T)
}

/** The same numbers each time, from 0 up and below what is asked. */
function seeded(seed: number): (below: number) => number {
  let state = seed | 1
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) | 0
    return (state >>> 8) % below
  }
}
