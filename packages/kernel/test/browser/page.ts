import { readAsync, writeAsync, type HandleError, type KernelObject } from '@ht/core'
import { allocate, createSharedMemory, free } from '@ht/core/shared'
import { createKernel, type Kernel, type RunOptions, type Task } from '@ht/kernel'
import { createThreads, type KernelThreads, type ThreadsOptions } from '@ht/kernel/threads'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
import {
  ATTACHED,
  FREE,
  H_PAGES_USED,
  H_RECORDS_USED,
  HEADER_WORDS,
  DEFAULT_THREADS,
  T_STATE,
  THREAD_WORDS,
} from '../../../core/src/shared/words/layout.js'
import { pattern, Sum } from './pattern.js'
import { sumKind, SumOps } from './sum-kind.js'

const programs = new URL('programs.js', import.meta.url)
const createWorker = (module = './worker.js') => new Worker(module, { type: 'module' })

/** A kernel whose tasks run in workers of this page. */
class Machine {
  readonly threads: KernelThreads
  readonly kernel: Kernel

  constructor(options: Partial<ThreadsOptions> = {}) {
    this.threads = createThreads({ createWorker: () => createWorker(), pipe: createSharedPipe, ...options })
    this.kernel = createKernel({ kinds: [sharedPipeKind, sumKind], threads: this.threads })
  }

  get memory() {
    return this.threads.memory
  }

  pipe() {
    return createSharedPipe(this.memory)
  }

  run(name: string, options?: RunOptions) {
    return this.kernel.run(programs, { worker: true, name, ...options })
  }

  spawn(name: string, stdout: KernelObject, more: { args?: string[]; stdin?: KernelObject } = {}): Task {
    return this.kernel.spawn(programs, { worker: true, name, stdout, ...more })
  }

  /** What a program says, in JSON. */
  async said(name: string, options?: RunOptions): Promise<unknown> {
    const { text, error } = await this.run(name, options)
    if (error !== undefined) throw new Error(`${name} has failed`, { cause: error })
    return JSON.parse(text)
  }

  /** Starts a program, and waits until it has said something. */
  async started(name: string, stdin?: KernelObject): Promise<{ task: Task; words: string; reader: KernelObject }> {
    const { reader, writer } = this.pipe()
    const task = this.spawn(name, writer, stdin && { stdin })
    return { task, words: await heard(reader), reader }
  }

  /** What of the memory is in use. */
  used(): number[] {
    return [H_RECORDS_USED, H_PAGES_USED].map((at) => Number(this.memory.words[at]))
  }

  stateOf(thread: number): number {
    return Atomics.load(this.memory.words, HEADER_WORDS + thread * THREAD_WORDS + T_STATE)
  }

  /** Settled when no worker's number is in use. */
  async alone(): Promise<void> {
    const isUsed = (thread: number) => this.stateOf(thread) !== FREE
    while (Array.from({ length: DEFAULT_THREADS - 1 }, (_, i) => i + 1).some(isUsed)) await nextTurn()
  }
}

/** What became of a scene, and what is left of it: tasks, open objects and pages of memory. */
async function on(options: Partial<ThreadsOptions>, scene: (machine: Machine) => Promise<unknown>): Promise<unknown> {
  const machine = new Machine(options)
  try {
    const before = machine.used()
    const result = await scene(machine)
    await machine.alone()
    return { result, left: [machine.kernel.tasks().length, ...machine.used().map((it, i) => it - before[i]!)] }
  } finally {
    machine.kernel.close()
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}

async function heard(reader: KernelObject): Promise<string> {
  const buffer = new Uint8Array(64)
  const count = await readAsync(reader, buffer)
  return new TextDecoder().decode(buffer.subarray(0, count))
}

/** What was thrown. */
function thrown(make: () => unknown): Pick<HandleError, 'code' | 'message'> | undefined {
  try {
    make()
    return undefined
  } catch (error) {
    const { code, message } = error as HandleError
    return { code, message }
  }
}

/** What tests have the page do. */
const scenes = {
  /** Who makes the hot steps, and who may block. */
  sees: () =>
    on({}, async (machine) => {
      const { memory } = machine
      return { hot: memory.hot !== undefined, canWait: memory.canWait, worker: await machine.said('sees') }
    }),

  /** One worker reads what another one writes; both block, as it is more than the pipe holds. */
  twoWorkers: (bytes: number) =>
    on({}, async (machine) => {
      const { reader, writer } = machine.pipe()
      const task = machine.spawn('writes', writer, { args: [String(bytes)] })
      return [await machine.said('reads', { input: reader }), (await task.exited).status]
    }),

  pageReads: (bytes: number) =>
    on({}, async (machine) => {
      const { reader, writer } = machine.pipe()
      const task = machine.spawn('writes', writer, { args: [String(bytes)] })
      const sum = new Sum()
      const buffer = new Uint8Array(5001)
      for (let count; (count = await readAsync(reader, buffer)) > 0;) sum.add(buffer.subarray(0, count))
      reader.release()
      return [sum.result, (await task.exited).status]
    }),

  pageWrites: (bytes: number) =>
    on({}, async (machine) => {
      const { reader, writer } = machine.pipe()
      const read = machine.said('reads', { input: reader })
      for (let at = 0; at < bytes;) at += await writeAsync(writer, pattern(at, bytes))
      writer.release()
      return await read
    }),

  says: (name: string) => on({}, (machine) => machine.said(name)),

  /** A program is killed whose output a page reads and a worker, which blocks. */
  killed: (name: string, signal: 'KILL' | 'TERM') =>
    on({}, async (machine) => {
      const { task, reader } = await machine.started(name)
      const rest = heard(reader)
      const { reader: input, writer } = machine.pipe()
      const other = machine.spawn(name, writer)
      const reading = machine.said('reads', { input })
      // The first word has been read.
      while (machine.kernel.lsof().length < 3) await nextTurn()
      for (const it of [task, other]) machine.kernel.kill(it.id, signal)
      const exits = await Promise.all([task.exited, other.exited])
      const result = [exits.map((it) => it.signal), await rest, await reading]
      reader.release()
      return result
    }),

  /** Whether a worker that counts stands still when its task has ended; it is killed while it starts, and later. */
  standsStill: (moment: 'expected' | 'attached' | 'counting') =>
    on({}, async (machine) => {
      const { memory } = machine
      const at = allocate(memory, 4, 'test')
      const controller = new AbortController()
      const running = machine.run('counts', { args: [String(at)], signal: controller.signal }).catch(() => undefined)
      while (machine.stateOf(1) === FREE) await nextTurn()
      if (moment !== 'expected') while (machine.stateOf(1) !== ATTACHED) await nextTurn()
      if (moment === 'counting') while (Atomics.load(memory.words, at) === 0) await nextTurn()
      controller.abort()
      await running
      await machine.alone()
      const count = Atomics.load(memory.words, at)
      for (let i = 0; i < 10; i++) await nextTurn()
      const more = Atomics.load(memory.words, at) - count
      free(memory, at)
      return { more, hasCounted: count > 0 }
    }),

  timesOut: () =>
    on({}, async (machine) => {
      // Before its worker has loaded, while it does, and after.
      const results = await Promise.all([0, 10, 100].map((timeoutMs) => machine.run('spins', { timeoutMs })))
      return results.map(({ status, timedOut }) => [status, timedOut])
    }),

  /** The numbers of the threads of programs that run one after the other. */
  numbers: () =>
    on({}, async (machine) => {
      const numbers: unknown[] = []
      for (let i = 0; i < 3; i++) {
        numbers.push(await machine.said('number'))
        await machine.alone()
      }
      return numbers
    }),

  /** Whether programs find what others have left behind, where workers are started ahead; and how many there were. */
  startedAhead: async () => {
    let made = 0
    const count = () => {
      made++
      return createWorker()
    }
    const machine = new Machine({ warm: 1, createWorker: count })
    const marked: unknown[] = []
    for (let i = 0; i < 3; i++) {
      while (made < i + 1) await nextTurn()
      marked.push(await machine.said('leavesMark'))
    }
    await machine.kernel.close()
    await machine.alone()
    return marked
  },

  ends: (name: string) =>
    on({}, async (machine) => {
      const { status, error } = await machine.run(name)
      return [status, String(error)]
    }),

  noWorkerModule: () =>
    on({ createWorker: () => createWorker('./nowhere.js') }, async (machine) => {
      const { status, error } = await machine.run('reads')
      return [status, String(error)]
    }),

  noProgramModule: () =>
    on({}, async ({ kernel }) => {
      const { status, error } = await kernel.run(new URL('nowhere.js', import.meta.url), { worker: true })
      return [status, String(error)]
    }),

  noKindsModule: () =>
    on({ kindsModule: new URL('nowhere.js', import.meta.url) }, async (machine) => {
      const { status, error } = await machine.run('reads')
      return [status, String(error)]
    }),

  async closes() {
    const machine = new Machine()
    const tasks = [(await machine.started('spins')).task, (await machine.started('blocks')).task]
    machine.kernel.close()
    const exits = await Promise.all(tasks.map((it) => it.exited))
    await machine.alone()
    return exits.map(({ status }) => status)
  },

  /** The page calls an object that is at home in a worker. */
  callsWorker: (name: string) =>
    on({}, async (machine) => {
      const { reader, writer } = machine.pipe()
      const { task, words, reader: output } = await machine.started(name, reader)
      const sum = machine.kernel.task(task.id)!.table.get(Number(words))!
      const sums = [1, 2, 3].map((it) => sum.as(SumOps)!.add(it))
      writer.release()
      const { status } = await task.exited
      await machine.alone()
      const gone = sum.as(SumOps)!.add(4)
      sum.release()
      output.release()
      return [sums, status, gone]
    }),

  /** The page calls one whose home never answers. */
  callsSilent: () =>
    on({}, async (machine) => {
      machine.memory.callPatience.most = 50
      const { task, words, reader } = await machine.started('keepsSilent')
      const sum = machine.kernel.task(task.id)!.table.get(Number(words))!
      const answer = sum.as(SumOps)!.add(1)
      machine.kernel.kill(task.id, 'KILL')
      await task.exited
      sum.release()
      reader.release()
      return answer
    }),

  /** A worker calls an object that is at home in the page. */
  workerCalls: () => on({}, (machine) => machine.said('calls', { input: sumKind.open({ sum: 10 }) })),

  async withoutIsolation() {
    const { text } = await createKernel().run(async (task) => {
      await task.writeAsync(1, new TextEncoder().encode('one thread'))
    })
    return { memory: thrown(() => createSharedMemory()), threads: thrown(() => new Machine()), text }
  },
}

Object.assign(globalThis, { scenes })
