import { afterAll, describe, expect, it } from 'vitest'
import { admitWorker, leaveMemory, share } from '@ht/core/shared'
import { joinMemory } from '../../src/shared/thread/attach-memory.js'
import { cleanUp } from '../../src/shared/thread/repair.js'
import { attachSlots } from '../../src/shared/table/shared-table.js'
import { ownerOf } from '../../src/table/handle-table.js'
import { T_ACCOUNT } from '../../src/shared/words/layout.js'
import { holdAtPauses } from '../../src/shared/words/pause.js'
import { CrashImage } from './death/crash-image.js'
import { programs, type World } from './death/programs.js'
import { changed, leftovers, makeWorld, seen, settled, ThreadFile, useTable, wrongEnds } from './death/scene.js'
import { HELD, type VictimData } from './death/victim.js'
import { kinds } from './death/witness-kind.js'

const victim = new ThreadFile(new URL('./death/victim.ts', import.meta.url))
afterAll(() => {
  victim.remove()
})

/** At these a table's metadata may be ahead of its object, which only who reads them apart can see. */
const AHEAD = 'set: about to'
/** What the signal says of a worker that has ended: before it was held, if that is seen. */
const ENDED = -1
/** The number of the thread that dies: the first one that attaches. */
const DEAD = 1

// Threads of several programs are started at the same time.
describe.concurrent.each(Object.keys(programs))('a thread that dies in the middle of: %s', (name) => {
  it('leaves the table as it was before or is after, and nothing behind', async () => {
    const { points, images, states } = record(name)
    const told = (held: number, wrong: string[]) => wrong.map((line) => `${String(held)} "${String(points[held])}": ${line}`)
    expect(points.length).toBeGreaterThan(0)
    const failures: string[] = []
    for (const [held, image] of images.entries()) {
      const world = image.revive()
      cleanUp(world.memory, DEAD)
      failures.push(...told(held, await wrongAfterDeath(world, states)))
    }
    for (const held of chosen(points))
      failures.push(...told(held, await dieAt(name, held, states)).map((line) => `terminated at ${line}`))
    expect(failures).toEqual([])
  })
})

/** Runs a program as another thread, in this one: the pause points that it comes to, and what the memory and the table are like at them. */
function record(name: string): { points: string[]; images: CrashImage[]; states: Set<string> } {
  const world = makeWorld()
  const memory = joinMemory(world.memory.source, world.memory.words, undefined, { kinds })
  memory.words[memory.threadAt + T_ACCOUNT] = world.account.number
  const other: World = { ...world, memory, table: ownerOf(attachSlots(memory, share(world.table), { kinds })) }
  const program = programs[name]
  const prepared = program?.prepare?.(other) as never
  const points: string[] = []
  const images: CrashImage[] = []
  const states = new Set([seen(world)])
  let isLooking = false
  holdAtPauses((point) => {
    if (isLooking) return
    points.push(point)
    images.push(new CrashImage(world))
    isLooking = true
    if (point !== AHEAD) states.add(seen(world))
    isLooking = false
  })
  try {
    program?.run(other, prepared)
  } finally {
    holdAtPauses(undefined)
  }
  return { points, images, states: states.add(seen(world)) }
}

const terminatedAt = new Set<string>()

/** At which of the pause points a worker is really terminated: by a script at all of them, else at each point in one of the programs. */
function chosen(points: readonly string[]): number[] {
  return [...points.keys()].filter((i) => {
    const point = points[i]!
    if (process.env['HT_DEATHS'] === undefined && terminatedAt.has(point)) return false
    terminatedAt.add(point)
    return true
  })
}

/** Has a worker die at one of a program's pause points: what is wrong after that. */
async function dieAt(name: string, held: number, states: ReadonlySet<string>): Promise<string[]> {
  const world = makeWorld()
  const signal = new Int32Array(new SharedArrayBuffer(8))
  const given: Omit<VictimData, 'token'> = { logs: world.logs, signal, program: name, held }
  const worker = victim.start({ ...given, token: share(world.table, DEAD) })
  const admitted = admitWorker(world.memory, worker)
  admitted.charge(world.account)
  const wrong: string[] = []
  if (admitted.thread !== DEAD) wrong.push(`thread ${String(admitted.thread)}`)
  worker.on('error', (error) => {
    wrong.push(String(error))
  })
  worker.on('exit', () => {
    Atomics.store(signal, 0, ENDED)
    Atomics.notify(signal, 0)
  })
  const state = await changed(signal, 0)
  if (state !== HELD) wrong.push(state === ENDED ? 'it has ended' : `not held: ${String(state)}`)
  await worker.terminate()
  await admitted.cleaned
  return [...wrong, ...(await wrongAfterDeath(world, states))]
}

/** What is wrong in a world in which a thread has died and was cleaned up after. It is used up by that. */
async function wrongAfterDeath(world: World, states: ReadonlySet<string>): Promise<string[]> {
  const wrong: string[] = []
  const now = seen(world)
  if (!states.has(now)) wrong.push(`the table is ${now}, none of ${[...states].join(' | ')}`)
  useTable(world)
  world.table.dispose()
  await settled(world)
  wrong.push(...wrongEnds(world), ...leftovers(world))
  leaveMemory(world.memory)
  return wrong
}
