import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'

/** How often each is done: `pnpm check:deaths` does more. */
const ROUNDS = Number(process.env['HT_DEATHS'] ?? 36) / 3
/** Words that are equal unless a step was separated from what stands right behind it. */
const EQUAL = [
  [16, 17],
  [20, 21],
  [24, 25],
  [28, 29, 30],
  [32, 33, 34],
  [36, 37],
  [40, 41],
] as const

/*
 * The repair of what a dead thread leaves behind relies on where a thread can die: at calls and at ends of loops, before
 * an atomic step or after the plain stores right behind it, and never between them. That is how engines behave, and no promise of
 * the language; this tells when one does not any more. What it cannot show is that nothing was ever cut: it was not here.
 */
describe('a terminated thread has never made an atomic step without the plain stores right behind it', () => {
  it.concurrent.each(['in one loop', 'in functions', 'in new functions'])(
    '%s',
    { timeout: 900_000 + ROUNDS * 10_000 },
    async (manner) => {
      const torn: string[] = []
      for (let round = 0; round < ROUNDS; round++) {
        const words = new Int32Array(new SharedArrayBuffer(256))
        const worker = new Worker(new URL('./death/canary-thread.mjs', import.meta.url), {
          workerData: { words, manner },
          execArgv: [],
        })
        const { async, value } = Atomics.waitAsync(words, 0, 0)
        // The event keeps this alive, which the wait does not; and a module that fails is an error here.
        if (async) await Promise.race([value, once(worker, 'exit')])
        // From the interpreter's first steps up to code that is optimized.
        const goal = round % 2 === 0 ? round : (round % 16) * 2000
        while (words[1]! < goal && manner !== 'in new functions') await new Promise(setImmediate)
        await worker.terminate()
        for (const [step, ...behind] of EQUAL) {
          for (const at of behind)
            if (words[at] !== words[step]) torn.push(`${String(step)} without ${String(at)} in round ${String(round)}`)
        }
      }
      expect(torn).toEqual([])
    },
  )
})
