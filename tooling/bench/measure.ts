/**
 * Times of operations, and their ratios to a baseline that runs in turn with them, so that whatever
 * else the machine does meets both.
 *
 * ```ts
 * const array = [1, 2, 3]
 * await compare('lookup', {
 *   candidate: (count) => { let sum = 0; for (let i = 0; i < count; i++) sum += table.lookup(i & 1); return sum },
 *   baseline: ['array read', (count) => { let sum = 0; for (let i = 0; i < count; i++) sum += array[i & 1]!; return sum }],
 *   atMost: 2,
 * })
 * ```
 */

/**
 * Does an operation `count` times. What it gives is kept, so that the compiler cannot leave the work
 * out: return something that depends on every round.
 */
export type Loop = (count: number) => unknown

/** What is compared, and what it should come to. */
export interface Comparison {
  readonly candidate: Loop
  /** Its name, for the table, and its loop. */
  readonly baseline: readonly [name: string, loop: Loop]
  /** The candidate may take this many times the baseline's time. */
  readonly atMost?: number
  /** The candidate must be this many times faster than the baseline. */
  readonly fasterBy?: number
}

const ROUNDS = 11
const ROUND_MS = 40
/** A spread below this is not shown. */
const NOTABLE = 1.2

/** Where results go, so that none is nobody's. */
const sink: unknown[] = []

/** Prints the time of one operation, without a judgement; gives it in nanoseconds. */
export async function measure(name: string, loop: Loop): Promise<number> {
  const [times = []] = await interleave([loop])
  const time = median(times)
  print(name, time, '')
  return time
}

/**
 * Prints the times of one operation of both, and their ratio. A missed target makes the process fail.
 * Gives the ratio of the candidate's time to the baseline's.
 */
export async function compare(name: string, comparison: Comparison): Promise<number> {
  const [baselineName, baseline] = comparison.baseline
  const [times = [], baselineTimes = []] = await interleave([comparison.candidate, baseline])
  const [time, baselineTime] = [median(times), median(baselineTimes)]
  const ratio = time / baselineTime
  const { verdict, met } = judge(ratio, comparison)
  if (!met) process.exitCode = 1
  print(name, time, `${baselineName} ${show(baselineTime)}  ${verdict}${spread(times, baselineTimes)}`)
  return ratio
}

function judge(ratio: number, { atMost, fasterBy }: Comparison): { verdict: string; met: boolean } {
  if (fasterBy !== undefined) {
    const met = 1 / ratio >= fasterBy
    return { met, verdict: `${(1 / ratio).toFixed(2)}x faster (target: at least ${fasterBy}x) ${mark(met)}` }
  }
  const times = `${ratio.toFixed(2)}x its time`
  if (atMost === undefined) return { met: true, verdict: times }
  const met = ratio <= atMost
  return { met, verdict: `${times} (target: at most ${atMost}x) ${mark(met)}` }
}

/** Of each loop the times of one operation, in nanoseconds, a round each, with the rounds of all in turn. */
async function interleave(loops: readonly Loop[]): Promise<number[][]> {
  const counts: number[] = []
  for (const loop of loops) counts.push(await calibrate(loop))
  const times = loops.map((): number[] => [])
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, loop] of loops.entries()) {
      globalThis.gc?.()
      const count = counts[index]!
      times[index]!.push((await time(loop, count)) / count)
    }
  }
  return times
}

/** How many operations fill a round. Doubling up to there also lets the compiler optimise the loop. */
async function calibrate(loop: Loop): Promise<number> {
  for (let count = 1; ; count *= 2) {
    const elapsed = await time(loop, count)
    if (elapsed >= (ROUND_MS * 1e6) / 2) return Math.max(1, Math.round((count * ROUND_MS * 1e6) / elapsed))
  }
}

async function time(loop: Loop, count: number): Promise<number> {
  const start = process.hrtime.bigint()
  const result = loop(count)
  sink[0] = result instanceof Promise ? await result : result
  return Number(process.hrtime.bigint() - start)
}

function median(values: readonly number[]): number {
  return sorted(values)[values.length >> 1]!
}

/** Between what the ratio was in the middle half of the rounds, if it is worth a word. */
function spread(times: readonly number[], baselineTimes: readonly number[]): string {
  const ratios = sorted(times.map((time, round) => time / baselineTimes[round]!))
  const [low, high] = [ratios[ratios.length >> 2]!, ratios[(3 * ratios.length) >> 2]!]
  return high / low < NOTABLE ? '' : `  (${low.toFixed(2)} to ${high.toFixed(2)})`
}

function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b)
}

function print(name: string, time: number, rest: string): void {
  console.log(`  ${name.padEnd(36)} ${show(time).padStart(9)}   ${rest}`.trimEnd())
}

function show(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${nanoseconds.toFixed(1)} ns`
  if (nanoseconds < 1e6) return `${(nanoseconds / 1e3).toFixed(2)} µs`
  return `${(nanoseconds / 1e6).toFixed(2)} ms`
}

function mark(met: boolean): string {
  return met ? 'ok' : 'MISSED'
}
