import { afterAll, describe, expect, it } from 'vitest'
import { admitWorker, allocate, createSharedMemory, createSharedTable, own, share, type SharedMemory } from '@ht/core/shared'
import { COUNT_WORDS, countedKinds, OPENED, RELEASED_AGAIN, RELEASED_ONCE, RELEASED_WRONGLY } from './death/counted-kind.js'
import { leftovers, settled, stateOf, ThreadFile } from './death/scene.js'
import type { Worker } from 'node:worker_threads'
import type { MixedData } from './death/mixed-thread.js'

const DEATHS = Number(process.env['HT_DEATHS'] ?? 200)
/** How many are alive at the same time: some are started while others run, and now and then two die together. */
const LANES = 4
/** After how long, in ms, what has not come never will. */
const STUCK_MS = 600_000
/** Operations that a survivor has to get done after each death. */
const PROGRESS = 20

const program = new ThreadFile(new URL('./death/mixed-thread.ts', import.meta.url))
afterAll(() => {
  program.remove()
})

describe('threads that die while they do a little of everything', () => {
  it(`leave nothing behind, and others go on: ${String(DEATHS)} of them`, { timeout: 900_000 + DEATHS * 5000 }, async () => {
    const memory = createSharedMemory({ bytes: 4 * 2 ** 20, objects: 512, tables: 32, kinds: countedKinds })
    const counts = allocate(memory, COUNT_WORDS * 4, 'test')
    own(memory, counts)
    const table = createSharedTable(memory, { capacity: 64 })
    const workers = new Set<Worker>()
    let fail: (error: unknown) => void = () => undefined
    const failed = new Promise<never>((_, reject) => {
      fail = reject
    })
    const start = (seed: number, goal: number, tells?: number, ends?: MixedData['ends']) => {
      const done = new Int32Array(new SharedArrayBuffer(12))
      done[1] = goal
      const worker = program.start(undefined)
      workers.add(worker)
      const { thread, cleaned } = admitWorker(memory, worker)
      worker.postMessage({ token: share(table, thread), counts, done, seed, tells, ends } satisfies MixedData)
      worker.on('error', (error) => {
        if (ends?.by !== 'throw') fail(error)
      })
      worker.on('exit', () => {
        workers.delete(worker)
      })
      return { worker, done, cleaned }
    }
    const comes = (what: string, promise: Promise<unknown>) => inTime(what, Promise.race([promise, failed]), memory)
    const survivor = start(1, PROGRESS)
    const goesOn = async () => {
      const goal = Atomics.add(survivor.done, 1, PROGRESS) + PROGRESS
      Atomics.notify(survivor.done, 1)
      await comes('the survivor', reached(survivor.done, goal))
    }

    let left = DEATHS
    const random = seeded(DEATHS)
    const lane = async () => {
      while (left-- > 0) {
        // None: it is still being started.
        const after = random(random(4) === 0 ? 2000 : 60)
        const ends = random(8) === 0 ? ({ after, by: random(2) === 0 ? 'exit' : 'throw' } as const) : undefined
        const { worker, done, cleaned } = start(random(2 ** 30), 2 ** 30, after, ends)
        if (ends === undefined) {
          await comes('one that is to die', reached(done, after))
          void worker.terminate()
        }
        await comes('the end of one', cleaned)
        await goesOn()
      }
    }
    try {
      await goesOn()
      await Promise.all(Array.from({ length: LANES }, lane))
    } finally {
      for (const worker of workers) void worker.terminate()
    }
    await comes('the end of the survivor', survivor.cleaned)

    table.dispose()
    await settled({ memory })
    const count = (what: number) => memory.words[counts + what]!
    expect(count(RELEASED_WRONGLY)).toBe(0)
    // One that died in the middle of a release has had it done again, and may not have counted its own.
    expect(count(RELEASED_AGAIN)).toBeLessThanOrEqual(DEATHS)
    // One that died may have opened one, and not have counted it any more; or have begun its release, and not have counted that.
    expect(count(RELEASED_ONCE) + count(RELEASED_AGAIN) - count(OPENED)).toBeGreaterThanOrEqual(0)
    expect(count(RELEASED_ONCE) - count(OPENED)).toBeLessThanOrEqual(DEATHS + 1)
    expect(leftovers({ memory, logs: counts })).toEqual([])
  })
})

/** Until a thread has told that it has done so many operations. */
async function reached(done: Int32Array, goal: number): Promise<void> {
  for (let told = Atomics.load(done, 2); Atomics.load(done, 0) < goal; told = Atomics.load(done, 2)) {
    const { async, value } = Atomics.waitAsync(done, 2, told)
    if (async) await value
  }
}

/** What comes of a promise; an error that says what threads hold when it takes too long. */
async function inTime(what: string, promise: Promise<unknown>, memory: SharedMemory): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const stuck = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what} does not come: ${stateOf(memory)}`))
    }, STUCK_MS)
  })
  try {
    await Promise.race([promise, stuck])
  } finally {
    clearTimeout(timer)
  }
}

/** The same numbers each time, from 0 up and below what is asked. */
function seeded(seed: number): (below: number) => number {
  let state = seed | 1
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) | 0
    return (state >>> 8) % below
  }
}
