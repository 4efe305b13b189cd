import { afterEach, expect, it } from 'vitest'
import { AF_INET } from '@ht/core/socket'
import { createMemoryTree, memoryKinds } from '@ht/file/memory'
import { createKernel, type Kernel, type RunResult } from '@ht/kernel'
import { createThreads } from '@ht/kernel/threads'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
import { tcpKind } from '@ht/socket/tcp'
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
import { Stalls } from './stalls.js'
import type { Worker } from 'node:worker_threads'
import type { Runs } from './kill-programs.js'

const KILLS = Number(process.env['HT_KILLS'] ?? 1000)
const SEED = Number(process.env['HT_KILLS_SEED'] ?? 1)
/** How many programs run at the same time, each with what it starts. */
const LANES = 4
/** How long after its moment a kill comes at most, in ms. */
const LATEST_KILL_MS = 60
/** One kill of this many is timed from the start, so that some come before the worker has loaded; the others from when the program runs. */
const FROM_START = 4
/** How long the kernel's thread may be blocked, waiting for another one, before its event loop has a turn again. */
const LONGEST_BLOCK_MS = 100

/** Programs, and how often each is killed. Those that start others cost most. */
const MIX = {
  allocates: 10,
  callsHome: 10,
  usesTcp: 10,
  forks: 4,
  execs: 8,
  waits: 4,
  sleeps: 3,
  blocks: 5,
  quiet: 5,
  forges: 6,
  throws: 6,
  overflows: 5,
  overflowsUncaught: 4,
  exitsAndSpins: 5,
  exitsLater: 5,
  deafToSignals: 5,
  throwsAtSignals: 5,
  fills: 2,
  bombs: 1,
  keepsSilent: 2,
}
/** Programs that soon end by themselves, so perhaps before they are killed. */
const SHORT: readonly string[] = ['quiet', 'throws', 'overflowsUncaught', 'exitsAndSpins', 'exitsLater']
const DRAWN = Object.entries(MIX).flatMap(([name, times]) => Array<string>(times).fill(name))

const programs = bundled(new URL('./kill-programs.ts', import.meta.url))
const workers = new Set<Worker>()
/** The worker that was started last; it may be one that waits for a program. */
let newest: Worker | undefined
/** What is to be called with the worker in which the program of a run has begun, by the run's number. */
const begun = new Map<string, (worker: Worker) => void>()
let kernel: Kernel | undefined

function started(module: string): Worker {
  const worker = startThread(new URL(module, import.meta.url), undefined)
  workers.add(worker)
  worker.on('exit', () => workers.delete(worker))
  newest = worker
  worker.on('message', (message: Partial<Runs> | null) => begun.get(String(message?.runs))?.(worker))
  return worker
}

afterEach(async () => {
  expect(await kernel?.close()).toEqual([])
  expect(workers.size).toBe(0)
})

const rule = 'runs settle, and leave nothing, whatever programs do when they are killed'

it(`${rule}: ${String(KILLS)} kills`, { timeout: 120_000 + KILLS * 1500 }, async () => {
  const threads = createThreads({
    createWorker: () => started('./pipe-worker.ts'),
    pipe: createSharedPipe,
    io: { domains: [AF_INET], createWorker: () => started('./io-worker.ts') },
    memory: { bytes: 32 * 2 ** 20, objects: 1024, tables: 128 },
    warm: 2,
  })
  const host = (kernel = createKernel({
    kinds: [sharedPipeKind, tcpKind, ...memoryKinds],
    root: createMemoryTree().root(),
    threads,
  }))
  const { words } = threads.memory
  const used = () => ({
    records: words[H_RECORDS_USED],
    pages: words[H_PAGES_USED],
    threads: Array.from({ length: DEFAULT_THREADS }, (_, i) => words[HEADER_WORDS + i * THREAD_WORDS + T_STATE]).filter(
      (it) => it !== FREE,
    ).length,
    workers: workers.size,
  })
  // Two that wait for a program, and the one of sockets, which others find by an object in a table.
  await settled(() => workers.size === 3 && words[H_RECORDS_USED] === 1)
  const before = used()
  const rssBefore = rssMb()

  const random = randomFrom(SEED)
  const stalls = new Stalls()
  let left = KILLS
  const outcomes: Record<string, number> = {}
  const killed: Record<string, number> = {}
  let refusals = 0
  let runs = 0
  const lane = async () => {
    while (left > 0) {
      left--
      const outcome = await killOne(host, ++runs, random, killed)
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      refusals = outcome === REFUSED ? refusals + 1 : 0
      if (outcome !== REFUSED) continue
      // Nothing was killed. There is room again when others have ended, of which this thread is told between its work.
      left++
      if (refusals > 100_000) throw new Error('nothing can begin any more')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  stalls.stop()

  expect([host.tasks(), host.lsof()]).toEqual([[], []])
  await settled(() => workers.size <= 3)
  await settled(() => JSON.stringify(used()) === JSON.stringify(before)).catch(() => undefined)
  expect(used()).toEqual(before)
  if (KILLS >= 1000) expect(Object.keys(MIX).filter((name) => !SHORT.includes(name) && killed[name] === undefined)).toEqual([])
  const { longest } = stalls
  if (process.env['HT_KILLS'] !== undefined) {
    console.log(
      JSON.stringify({
        kills: KILLS,
        seed: SEED,
        outcomes,
        killedWhileRunning: killed,
        longestStallMs: longest,
        rssMb: [rssBefore, rssMb()],
        used: used(),
      }),
    )
  }
  if (longest !== undefined) expect(longest.blocked).toBeLessThan(LONGEST_BLOCK_MS)
})

/**
 * Starts a program, and kills it in one of the ways that there are, at some moment: how its run came to an end.
 *
 * @param killed by the names of programs, how many were killed while they were running
 */
async function killOne(
  host: Kernel,
  number: number,
  random: (below: number) => number,
  killed: Record<string, number>,
): Promise<string> {
  const name = DRAWN[random(DRAWN.length)]!
  const way = (['timeout', 'abort', 'KILL', 'TERM', 'terminate'] as const)[random(5)]!
  const delay = random(LATEST_KILL_MS)
  // A time limit counts from the start.
  const isFromStart = random(FROM_START) === 0 || way === 'timeout'
  const controller = new AbortController()
  const known = new Set(host.tasks())
  let worker: Worker | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const kill = () => {
    if (worker !== undefined && task?.ended === undefined) killed[name] = (killed[name] ?? 0) + 1
    if (way === 'abort') controller.abort(new Error('killed'))
    else if (way === 'terminate') void (worker ?? newest)?.terminate()
    else if (way !== 'timeout' && task?.ended === undefined && task !== undefined) host.kill(task.id, way)
    // It may be deaf, or another worker was hit.
    timer = setTimeout(() => {
      controller.abort(new Error('killed'))
    }, DEAF_MS)
  }
  // Its children say the same, later.
  begun.set(String(number), (itsWorker) => {
    if (worker !== undefined) return
    worker = itsWorker
    if (!isFromStart) timer = setTimeout(kill, delay)
  })
  const run: Promise<RunResult> = host.run(programs, {
    worker: true,
    name,
    args: [String(number)],
    signal: controller.signal,
    ...(way === 'timeout' && { timeoutMs: 2 * delay }),
  })
  const task = host.tasks().find((it) => !known.has(it))
  if (isFromStart) timer = setTimeout(kill, way === 'timeout' ? 2 * delay : delay)
  const outcome = await Promise.race([run.catch((error: unknown) => error), late()])
  clearTimeout(timer)
  begun.delete(String(number))
  if (outcome === LATE) throw new Error(`run ${String(number)}: ${name} by ${way} after ${String(delay)} ms has not settled`)
  if (outcome instanceof Error && outcome.message !== 'killed' && !NO_ROOM.includes((outcome as { code?: string }).code!)) {
    throw new Error(`run ${String(number)}: ${name}`, { cause: outcome })
  }
  // Its descendants have ended as well.
  if (task !== undefined)
    expect(host.tasks().filter((it) => (it as unknown as { ancestor: number }).ancestor === task.id)).toEqual([])
  if (outcome instanceof Error) return outcome.message === 'killed' ? 'aborted' : REFUSED
  const { timedOut, signal, status } = outcome as RunResult
  return timedOut ? 'timed out' : `status ${String(status)}${signal === undefined ? '' : `, ${String(signal)}`}`
}

function rssMb(): number {
  return Math.round(process.memoryUsage().rss / 2 ** 20)
}

/** How long after a kill that has not ended a run the run is aborted, in ms. */
const DEAF_MS = 300
const LATE = Symbol('late')
/** The outcome of a run that could not begin: there are as many threads as can be, or a program has filled the memory. */
const REFUSED = 'refused'
const NO_ROOM = ['EAGAIN', 'ENOMEM']

function late(): Promise<unknown> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(LATE)
    }, 120_000)
    timer.unref()
  })
}

/** Waits until something is so. */
async function settled(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`it has not come to be that ${String(isSo)}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The same numbers each time, from 0 up and below what is asked. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed | 1
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) | 0
    return (state >>> 8) % below
  }
}
