import { afterAll, describe, expect, it } from 'vitest'
import { admitWorker, allocate, createSharedMemory, createSharedTable, own, share, type SharedMemory } from '@ht/core/shared'
import { COUNT_WORDS, countedKinds, OPENED, RELEASED_AGAIN, RELEASED_ONCE } from './death/counted-kind.js'
import { leftovers, settled, stateOf, ThreadFile } from './death/scene.js'
import type { MixedData } from './death/mixed-thread.js'

const DEATHS = Number(process.env['HT_DEATHS'] ?? 200)
/** How many die at the same time, now and then with each other. */
const LANES = 2
/** After how long, in ms, a thread that has not gone on never will. */
const STUCK_MS = 10_000
/** Operations that a survivor has to get done after each death. */
const PROGRESS = 20

const program = new ThreadFile(new URL('./death/mixed-thread.ts', import.meta.url))
afterAll(() => { program.remove() })

describe('threads that die while they do a little of everything', () => {
  it(`leave nothing behind, and others go on: ${String(DEATHS)} of them`, { timeout: 60_000 + DEATHS * 500 }, async () => {
    const memory = createSharedMemory({ bytes: 4 * 2 ** 20, objects: 512, tables: 32, kinds: countedKinds })
    const counts = allocate(memory, COUNT_WORDS * 4, 'test')
    own(memory, counts)
    const table = createSharedTable(memory, { capacity: 64 })
    const errors: unknown[] = []
    const start = (seed: number, goal: number, ends?: MixedData['ends']) => {
      const done = new Int32Array(new SharedArrayBuffer(8))
      done[1] = goal
      const worker = program.start(undefined)
      const { thread, cleaned } = admitWorker(memory, worker)
      worker.postMessage({ token: share(table, thread), counts, done, seed, ends } satisfies MixedData)
      worker.on('error', (error) => { if (ends?.by !== 'throw') errors.push(error) })
      return { worker, done, cleaned }
    }
    const survivor = start(1, PROGRESS)
    const goesOn = async () => {
      const goal = Atomics.add(survivor.done, 1, PROGRESS) + PROGRESS
      Atomics.notify(survivor.done, 1)
      await reached(survivor.done, goal, errors, memory)
    }
    await goesOn()

    let left = DEATHS
    const random = seeded(DEATHS)
    const lane = async () => {
      while (left-- > 0 && errors.length === 0) {
        const after = random(random(4) === 0 ? 2000 : 60)
        const ends = random(8) === 0 ? ({ after, by: random(2) === 0 ? 'exit' : 'throw' } as const) : undefined
        const { worker, done, cleaned } = start(random(2 ** 30), 2 ** 30, ends)
        if (ends === undefined) {
          await reached(done, after, errors, memory)
          await worker.terminate()
        }
        await cleaned
        await goesOn()
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
    await survivor.worker.terminate()
    await survivor.cleaned
    expect(errors).toEqual([])

    table.dispose()
    await settled({ memory })
    const count = (what: number) => memory.words[counts + what] as number
    expect(count(RELEASED_AGAIN)).toBe(0)
    // One that died may have opened one, and not have counted it any more.
    expect(count(RELEASED_ONCE) - count(OPENED)).toBeGreaterThanOrEqual(0)
    expect(count(RELEASED_ONCE) - count(OPENED)).toBeLessThanOrEqual(DEATHS + 1)
    expect(leftovers({ memory, logs: counts })).toEqual([])
  })
})

/** Until a count has come so far, or something went wrong; what threads hold is wrong when it takes too long. */
async function reached(count: Int32Array, goal: number, errors: unknown[], memory: SharedMemory): Promise<void> {
  const stuck = setTimeout(() => { errors.push(`stuck: ${stateOf(memory)}`) }, STUCK_MS)
  const { async, value } = Atomics.waitAsync(count, 0, 0, STUCK_MS)
  if (async) await value
  while (Atomics.load(count, 0) < goal && errors.length === 0) await new Promise(setImmediate)
  clearTimeout(stuck)
}

/** The same numbers each time, from 0 up and below what is asked. */
function seeded(seed: number): (below: number) => number {
  let state = seed | 1
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) | 0
    return (state >>> 8) % below
  }
}
