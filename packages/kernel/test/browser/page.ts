import { codeOf, readAsync, writeAsync, type HandleError, type KernelObject } from '@ht/core'
import { createSharedMemory } from '@ht/core/shared'
import { createKernel, type Kernel, type RunOptions } from '@ht/kernel'
import { createThreads, type KernelThreads, type ThreadsOptions } from '@ht/kernel/threads'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
import { H_PAGES_USED, H_RECORDS_USED, HEADER_WORDS, MAX_THREADS, T_STATE, THREAD_WORDS } from '../../../core/src/shared/layout.js'
import { sumKind, SumOps } from './sum-kind.js'

const programs = new URL('programs.js', import.meta.url)
const createWorker = () => new Worker('./worker.js', { type: 'module' })
const decoder = new TextDecoder()

/** A kernel whose tasks run in workers of this page. */
class Machine {
  readonly threads: KernelThreads
  readonly kernel: Kernel

  constructor(options: Partial<ThreadsOptions> = {}) {
    this.threads = createThreads({ createWorker, pipe: createSharedPipe, ...options })
    this.kernel = createKernel({ kinds: [sharedPipeKind, sumKind], threads: this.threads })
  }

  pipe() {
    return createSharedPipe(this.threads.memory)
  }

  run(name: string, options?: RunOptions) {
    return this.kernel.run(programs, { worker: true, name, ...options })
  }

  /** What a program says, of which it says JSON. */
  async said(name: string, options?: RunOptions): Promise<unknown> {
    const { text, error } = await this.run(name, options)
    if (error !== undefined) throw error
    return JSON.parse(text)
  }

  /** Starts a program, and waits until it has said something: the task, what it said, and what it says more. */
  async started(name: string, stdin?: KernelObject) {
    const { reader, writer } = this.pipe()
    const task = this.kernel.spawn(programs, { worker: true, name, stdout: writer, ...(stdin && { stdin }) })
    return { task, words: await heard(reader), reader }
  }

  used(): (number | undefined)[] {
    const { words } = this.threads.memory
    return [words[H_RECORDS_USED], words[H_PAGES_USED]]
  }

  /** Settled when no worker's number is in use. */
  async alone(): Promise<void> {
    const { words } = this.threads.memory
    const isFree = (thread: number) => Atomics.load(words, HEADER_WORDS + thread * THREAD_WORDS + T_STATE) === 0
    while (!Array.from({ length: MAX_THREADS - 1 }, (_, i) => i + 1).every(isFree)) await nextTurn()
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}

async function heard(reader: KernelObject): Promise<string> {
  const buffer = new Uint8Array(64)
  return decoder.decode(buffer.subarray(0, await readAsync(reader, buffer)))
}

/** What was thrown. */
function thrown(make: () => unknown): { code: string; message: string } | undefined {
  try {
    make()
    return undefined
  } catch (error) {
    const { code, message } = error as HandleError
    return { code, message }
  }
}

/** What tests have the page do; each gives what JSON can hold. */
const scenes = {
  async sees() {
    const { threads, said } = bound(new Machine())
    return { isolated: crossOriginIsolated, hot: threads.memory.hot !== undefined, canWait: threads.memory.canWait, worker: await said('sees') }
  },

  /** One worker writes what another one reads; both block, as it is more than the pipe holds. */
  async twoWorkers() {
    const { kernel, said, pipe } = bound(new Machine())
    const { reader, writer } = pipe()
    const task = kernel.spawn(programs, { worker: true, name: 'writes', args: ['1000000'], stdout: writer })
    const [read, { status }] = await Promise.all([said('reads', { input: reader }), task.exited])
    return { read, status }
  },

  /** A worker writes what the page reads. */
  async pageReads() {
    const { kernel, pipe } = bound(new Machine())
    const { reader, writer } = pipe()
    kernel.spawn(programs, { worker: true, name: 'writes', args: ['1000000'], stdout: writer })
    const buffer = new Uint8Array(5001)
    let [all, sum] = [0, 0]
    for (let count; (count = await readAsync(reader, buffer)) > 0; all += count) {
      for (const byte of buffer.subarray(0, count)) sum = (sum * 31 + byte) % 1_000_003
    }
    reader.release()
    return [all, sum]
  },

  /** The page writes what a worker reads. */
  async pageWrites() {
    const { said, pipe } = bound(new Machine())
    const { reader, writer } = pipe()
    const read = said('reads', { input: reader })
    const bytes = Uint8Array.from({ length: 3000 }, (_, i) => (i * 7) & 255)
    for (let written = 0; written < 1_000_000; ) written += await writeAsync(writer, bytes.subarray(0, 1_000_000 - written))
    writer.release()
    return await read
  },

  async families() {
    const { said } = bound(new Machine())
    return [await said('pipeline'), await said('shares')]
  },

  /** What a program that is killed leaves: a page that reads from it, a worker that does, its thread, its objects. */
  async killed(name: string) {
    const machine = new Machine()
    const { kernel, said, pipe, alone, used, started } = bound(machine)
    const before = used()
    const { task, reader } = await started(name)
    const rest = heard(reader)
    const inherited = pipe()
    const other = kernel.spawn(programs, { worker: true, name, stdout: inherited.writer })
    const reading = said('reads', { input: inherited.reader })
    // It has said something to the worker, which waits for more.
    while (kernel.lsof().length < 3) await nextTurn()
    kernel.kill(task.id, 'KILL')
    kernel.kill(other.id, 'TERM')
    const exits = await Promise.all([task.exited, other.exited])
    const result = { exits: exits.map(({ signal }) => signal), rest: await rest, read: await reading }
    reader.release()
    await alone()
    return { ...result, left: kernel.tasks().length, more: subtract(used(), before) }
  },

  async timesOut() {
    const { run, alone, used } = bound(new Machine())
    const before = used()
    // It may be killed before its worker has loaded, while it does, and after.
    const results = await Promise.all([0, 1, 10, 50, 100].map((timeoutMs) => run('spins', { timeoutMs })))
    await alone()
    return { results: results.map(({ status, timedOut }) => [status, timedOut]), more: subtract(used(), before) }
  },

  /** More programs, one after the other, than there can be threads. */
  async many() {
    const { run, alone, used } = bound(new Machine())
    const before = used()
    let right = 0
    for (let i = 0; i < 70; i++) right += Number((await run('reads', { input: 'x' })).status === 7)
    await alone()
    return { right, more: subtract(used(), before) }
  },

  async warm() {
    let made = 0
    const machine = new Machine({ warm: 1, createWorker: () => (made++, createWorker()) })
    const statuses: number[] = []
    for (let i = 0; i < 5; i++) statuses.push((await machine.run('reads', { input: 'x' })).status)
    machine.kernel.close()
    await machine.alone()
    return { statuses, atMostTwo: made <= 2 }
  },

  async crashes() {
    const { run, alone } = bound(new Machine())
    const { status, error } = await run('crashes')
    await alone()
    return { status, error: String(error) }
  },

  async noWorker() {
    const { run, kernel, alone, used } = bound(new Machine({ createWorker: () => new Worker('./nowhere.js', { type: 'module' }) }))
    const before = used()
    const { status, error } = await run('reads')
    await alone()
    return { status, error: String(error), left: kernel.tasks().length, more: subtract(used(), before) }
  },

  async noProgram() {
    const { kernel, alone, used } = bound(new Machine())
    const before = used()
    const { status, error } = await kernel.run(new URL('nowhere.js', import.meta.url), { worker: true })
    await alone()
    return { status, error: String(error), left: kernel.tasks().length, more: subtract(used(), before) }
  },

  async closes() {
    const { kernel, started, alone } = bound(new Machine())
    const tasks = [(await started('spins')).task, (await started('blocks')).task]
    kernel.close()
    const exits = await Promise.all(tasks.map((it) => it.exited))
    await alone()
    return exits.map(({ status }) => status)
  },

  /** The page calls an object that is at home in a worker. */
  async callsWorker(name: string) {
    const { kernel, started, pipe, alone } = bound(new Machine())
    const { reader, writer } = pipe()
    const { task, words } = await started(name, reader)
    const sum = kernel.task(task.id)!.table.get(Number(words))!
    const { add } = sum.as(SumOps)!
    const sums = [1, 2, 3].map((it) => add(it))
    writer.release()
    const { status } = await task.exited
    await alone()
    const gone = codeOf(add(4))
    sum.release()
    return { sums, status, gone }
  },

  /** It calls one whose home never answers. */
  async callsSilent() {
    const { kernel, threads, started, alone } = bound(new Machine())
    threads.memory.patienceMs = 50
    const { task, words } = await started('keepsSilent')
    const sum = kernel.task(task.id)!.table.get(Number(words))!
    const error = thrown(() => sum.as(SumOps)!.add(1))
    kernel.kill(task.id, 'KILL')
    await task.exited
    await alone()
    sum.release()
    return error?.code
  },

  async workerCalls() {
    const { said } = bound(new Machine())
    return await said('calls', { input: sumKind.open({ sum: 10 }) })
  },

  async withoutIsolation() {
    const kernel = createKernel()
    const { text } = await kernel.run(async (task) => {
      await task.writeAsync(1, new TextEncoder().encode('one thread'))
    })
    return {
      isolated: crossOriginIsolated,
      memory: thrown(() => createSharedMemory()),
      threads: thrown(() => new Machine()),
      text,
    }
  },
}

/** With methods that know their object without being called on it. */
function bound(machine: Machine) {
  const { threads, kernel } = machine
  return {
    threads,
    kernel,
    pipe: machine.pipe.bind(machine),
    run: machine.run.bind(machine),
    said: machine.said.bind(machine),
    started: machine.started.bind(machine),
    used: machine.used.bind(machine),
    alone: machine.alone.bind(machine),
  }
}

function subtract(a: (number | undefined)[], b: (number | undefined)[]): number[] {
  return a.map((it, i) => Number(it) - Number(b[i]))
}

Object.assign(globalThis, { scenes })
