import { once } from 'node:events'
import { afterAll, describe, expect, it } from 'vitest'
import { admitWorker, share } from '@ht/core/shared'
import { joinMemory } from '../../src/shared/attach-memory.js'
import { attachSlots } from '../../src/shared/shared-table.js'
import { ownerOf } from '../../src/table/handle-table.js'
import { holdAtPauses } from '../../src/shared/pause.js'
import { programs, type World } from './death/programs.js'
import { changed, leftovers, makeWorld, seen, settled, ThreadFile, useTable, wrongEnds } from './death/scene.js'
import { HELD, type VictimData } from './death/victim.js'
import { kinds } from './death/witness-kind.js'

const victim = new ThreadFile(new URL('./death/victim.ts', import.meta.url))
afterAll(() => { victim.remove() })

/** At these a table's metadata may be ahead of its object, which only who reads them apart can see. */
const AHEAD = 'set: about to'

describe.each(Object.keys(programs))('a thread that dies in the middle of: %s', (name) => {
  it('leaves the table as it was before or is after, and nothing behind', async () => {
    const { points, states } = record(name)
    expect(points.length).toBeGreaterThan(0)
    const failures: string[] = []
    // Two at a time: starting a thread is most of the work.
    const rest = chosen(points)
    const dieAtNext = async (): Promise<void> => {
      for (let held = rest.shift(); held !== undefined; held = rest.shift()) {
        const wrong = await dieAt(name, held, states)
        failures.push(...wrong.map((line) => `${String(held)} "${String(points[held])}": ${line}`))
      }
    }
    await Promise.all([dieAtNext(), dieAtNext()])
    expect(failures).toEqual([])
  })
})

/** Runs a program as another thread, in this one: the pause points that it comes to, and what the table looks like at them. */
function record(name: string): { points: string[]; states: Set<string> } {
  const world = makeWorld()
  const memory = joinMemory(world.memory.source, world.memory.words, undefined, { kinds })
  const other: World = { ...world, memory, table: ownerOf(attachSlots(memory, share(world.table), { kinds })) }
  const program = programs[name]
  const prepared = program?.prepare?.(other) as never
  const points: string[] = []
  const states = new Set([seen(world)])
  let isLooking = false
  holdAtPauses((point) => {
    if (isLooking) return
    points.push(point)
    isLooking = true
    if (point !== AHEAD) states.add(seen(world))
    isLooking = false
  })
  try {
    program?.run(other, prepared)
  } finally {
    holdAtPauses(undefined)
  }
  return { points, states: states.add(seen(world)) }
}

/** Which of the pause points are died at: by a script all of them, else each twice at most, and those of a lock once. */
function chosen(points: readonly string[]): number[] {
  const most = (point: string) => (process.env['HT_DEATHS'] !== undefined ? Infinity : point.startsWith('lock: ') ? 1 : 2)
  const times = (i: number) => points.slice(0, i).filter((point) => point === points[i]).length
  return [...points.keys()].filter((i) => times(i) < most(points[i] as string))
}

/** Has a thread die at one of a program's pause points: what is wrong after that. */
async function dieAt(name: string, held: number, states: ReadonlySet<string>): Promise<string[]> {
  const world = makeWorld()
  const signal = new Int32Array(new SharedArrayBuffer(8))
  const given: Omit<VictimData, 'token'> = { logs: world.logs, signal, program: name, held }
  // It is the first to attach, so its number is known before it is admitted.
  const thread = 1
  const worker = victim.start({ ...given, token: share(world.table, thread) })
  const admitted = admitWorker(world.memory, worker)
  const wrong: string[] = []
  if (admitted.thread !== thread) wrong.push(`thread ${String(admitted.thread)}`)
  const failed = once(worker, 'error').then(([error]) => String(error))
  void failed.then((error) => { wrong.push(error); Atomics.store(signal, 0, -1); Atomics.notify(signal, 0) })
  const state = await changed(signal, 0)
  if (state !== HELD) wrong.push(`not held: ${String(state)}`)
  await worker.terminate()
  await admitted.cleaned
  const now = seen(world)
  if (!states.has(now)) wrong.push(`the table is ${now}, none of ${[...states].join(' | ')}`)
  useTable(world)
  world.table.dispose()
  await settled(world)
  wrong.push(...wrongEnds(world), ...leftovers(world))
  return wrong
}
