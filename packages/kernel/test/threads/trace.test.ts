import { afterEach, describe, expect, it } from 'vitest'
import { readAsync, type KernelObject } from '@ht/core'
import { createMemoryTree, memoryKinds } from '@ht/file/memory'
import { createKernel, type Kernel, type KernelOptions, type TracedBytes, type TraceEvent } from '@ht/kernel'
import { formatTrace } from '@ht/kernel/format'
import { createSource } from '@ht/kernel/stdio'
import { createThreads } from '@ht/kernel/threads'
import { createPipe, pipeKind } from '@ht/pipe'
import { createLocalSockets, localSocketKind } from '@ht/socket'
import { H_PAGES_USED, H_RECORDS_USED } from '../../../core/src/shared/words/layout.js'
import { bundled } from '../../../../tooling/threads/bundled.js'
import { startThread } from '../../../../tooling/threads/start.js'

const programs = bundled(new URL('./trace-programs.ts', import.meta.url))
const kernels: Kernel[] = []

function makeKernel(options: Partial<KernelOptions> = {}) {
  const events: TraceEvent[] = []
  const tree = createMemoryTree()
  const threads = createThreads({ createWorker: () => startThread(new URL('./worker.ts', import.meta.url), undefined) })
  const kernel = createKernel({
    kinds: [pipeKind, localSocketKind, ...memoryKinds],
    root: tree.root(),
    pipe: createPipe,
    sockets: [createLocalSockets()],
    threads,
    trace: (event) => events.push(event),
    ...options,
  })
  kernels.push(kernel)
  return {
    events,
    kernel,
    tree,
    threads,
    lines: () => events.map((event) => formatTrace(event)),
    run: (name: string, ...args: string[]) => kernel.run(programs, { worker: true, name, args, timeoutMs: 600_000 }),
  }
}

/** Starts a program that says `ready`, and waits until it has. */
async function ready(name: string, stdin?: KernelObject) {
  const made = makeKernel()
  const { reader, writer } = createPipe()
  const task = made.kernel.spawn(programs, { worker: true, name, stdout: writer, ...(stdin && { stdin }) })
  const buffer = new Uint8Array(64)
  const hear = async () => new TextDecoder().decode(buffer.subarray(0, await readAsync(reader, buffer)))
  expect(await hear()).toBe('ready')
  /** Waits until the trace has a line. */
  const told = async (line: string) => {
    const deadline = Date.now() + 600_000
    while (!made.lines().includes(line)) {
      if (Date.now() > deadline) throw new Error(`the trace has no line ${line}:\n${made.lines().join('\n')}`)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
  return { ...made, task, hear, told }
}

afterEach(async () => {
  for (const kernel of kernels.splice(0)) await kernel.close()
})

describe('the trace of a task in a worker', () => {
  it('is told of each call once, whichever form it is made in, with its bytes', async () => {
    const { run, lines } = makeKernel()
    const { status, error } = await run('forms')
    expect([status, error]).toEqual([0, undefined])
    expect(lines()).toEqual([
      '[1] pipe2() = [3, 4]',
      '[1] write(4, "plain", 5) = 5',
      '[1] write(4, "errno", 5) = 5',
      '[1] write(4, "sync", 4) = 4',
      '[1] write(4, "async", 5) = 5',
      '[1] read(3, "plain", 5) = 5',
      '[1] read(3, "errno", 5) = 5',
      '[1] read(3, "sync", 4) = 4',
      '[1] read(3, "async", 32) = 5',
      '[1] read(3, "", 32) = -1 EAGAIN (resource temporarily unavailable)',
      '[1] read(99, "", 32) = -1 EBADF (bad file descriptor)',
      '[1] stat("/nowhere", "", 200) = -1 ENOENT (no such file or directory)',
      '[1] getcwd() = "/"',
      '[1] +++ exited with 0 +++',
    ])
  })

  it('has the file that a program opened, wrote and removed', async () => {
    const { run, lines, tree } = makeKernel()
    await run('secret')
    expect(() => tree.readFile('/secret')).toThrow('ENOENT')
    expect(lines()).toEqual([
      '[1] open("/secret", O_RDWR|O_CREAT, 0600) = 3',
      '[1] write(3, "hidden", 6) = 6',
      '[1] close(3) = 0',
      '[1] unlink("/secret") = 0',
      '[1] +++ exited with 0 +++',
    ])
  })

  it('has all bytes of large calls where it is to, and otherwise as many as it is to have', async () => {
    const all = new Uint8Array(200_000).map((_, i) => i % 251)
    for (const traceBytes of [1_000_000, 1000]) {
      const { run, events } = makeKernel({ traceBytes })
      expect((await run('large')).error).toBeUndefined()
      const [, write, read, vector] = events
      const cut = all.subarray(0, traceBytes)
      const isAs = (given: unknown, bytes: Uint8Array, length: number) => {
        const traced = given as TracedBytes
        expect([traced.length, Buffer.compare(traced.bytes, bytes)]).toEqual([length, 0])
      }
      isAs(write!.args[1], cut, 200_000)
      isAs(read!.args[1], cut, 300_000)
      expect(read!.result).toBe(200_000)
      const [first, second] = vector!.args[1] as TracedBytes[]
      isAs(first, all.subarray(0, 3), 3)
      isAs(second, all.subarray(3, Math.min(100_000, traceBytes)), 99_997)
    }
  })

  it('has what makes children, waits for them and signals them once, and failures too', async () => {
    const { run, lines } = makeKernel()
    expect((await run('children')).error).toBeUndefined()
    const own = lines().filter((line) => line.startsWith('[1]'))
    expect(own).toEqual([
      '[1] spawn("sleeps", ["x"]) = 2',
      '[1] fork("leaves") = 3',
      '[1] wait(3) = {task: 3, status: 3}',
      '[1] kill(2, "TERM") = 0',
      '[1] wait(2) = {task: 2, status: 143, signal: "TERM"}',
      '[1] spawn("never") = -1 EBADF (bad file descriptor)',
      '[1] tryWait(102) = -1 ECHILD (no child processes)',
      '[1] +++ exited with 0 +++',
    ])
    expect(
      lines()
        .filter((line) => !line.startsWith('[1]'))
        .sort(),
    ).toEqual(['[2] +++ killed by SIGTERM +++', '[2] --- SIGTERM ---', '[3] +++ exited with 3 +++'])
  })

  it('has an exec once, and what the next program does', async () => {
    const { run, lines } = makeKernel()
    expect(await run('executes')).toMatchObject({ status: 3 })
    expect(lines()).toEqual(['[1] exec("leaves", ["y"]) = 0', '[1] +++ exited with 3 +++'])
  })

  it('has signals once, and the calls of their functions in the middle of others', async () => {
    const { task, kernel, hear, lines, told } = await ready('signalled')
    await told('[1] write(1, "ready", 5) = 5')
    kernel.kill(task.id, 'INT')
    expect(await hear()).toBe('got it')
    await told('[1] write(1, "got it", 6) = 6')
    kernel.kill(task.id, 'TERM')
    await task.exited
    expect(lines().filter((line) => !/onSignal|pipe2|close/.test(line))).toEqual([
      '[1] write(1, "ready", 5) = 5',
      '[1] --- SIGINT ---',
      '[1] write(1, "got it", 6) = 6',
      '[1] --- SIGTERM ---',
      expect.stringMatching(/^\[1\] write\(\d, "x", 1\) = 1$/),
      expect.stringMatching(/^\[1\] read\(\d, "x", 1\) = 1$/),
      '[1] --- SIGPIPE ---',
      expect.stringMatching(/^\[1\] write\(\d, "y", 1\) = -1 EPIPE/),
      '[1] +++ exited with 0 +++',
    ])
  })

  it('has each of several calls that wait at once, as they end', async () => {
    const { run, lines } = makeKernel()
    expect((await run('concurrent')).error).toBeUndefined()
    const reads = lines().filter((line) => line.includes('read('))
    expect(reads).toEqual(['a', 'b', 'c'].map((each) => expect.stringContaining(`read(3, "${each}", 1) = 1`) as unknown))
    expect(lines().length).toBe(9)
  })

  it('has arguments of every sort, and fails no call by them', async () => {
    const { run, events } = makeKernel()
    expect((await run('odd')).error).toBeUndefined()
    const given = events.slice(0, -2).map(({ args }) => args[0])
    expect(given.slice(0, 9)).toEqual([NaN, -0, Infinity, '𝄞\ufffd', null, undefined, 'bigint', 'symbol', 'function'])
    expect(given[10]).toEqual({})
    expect(given[12]).toBe('Error: e')
    expect((events.at(-2)!.args[0] as string).length).toBeGreaterThan(65_000)
    expect(new Set(events.slice(0, -1).map(({ result }) => result))).toEqual(new Set([-22, -9, 0]))
  })

  it('loses nothing where calls come faster than they are told', async () => {
    let told = 0
    const until = (ms: number) => {
      for (const end = performance.now() + ms; performance.now() < end;);
    }
    const numbers: unknown[] = []
    const { run } = makeKernel({
      trace({ name, args }) {
        if (name === 'dup') numbers.push(args[0])
        // A busy kernel.
        if (++told % 1000 === 0) until(20)
      },
    })
    expect((await run('many')).error).toBeUndefined()
    expect(numbers).toEqual(Array.from({ length: 20_000 }, (_, i) => 1000 + i))
  })

  it('has times that grow, and durations', async () => {
    const { run, events } = makeKernel()
    const before = Date.now()
    await run('forms')
    const after = Date.now()
    for (const [i, { start, duration }] of events.entries()) {
      // Two clocks.
      expect([start > before - 1000, start < after + 1000, duration >= 0]).toEqual([true, true, true])
      if (i > 0 && i < events.length - 1) expect(start).toBeGreaterThanOrEqual(events[i - 1]!.start)
    }
  })

  it('leaves nothing in the memory', async () => {
    const { run, threads } = makeKernel()
    const used = () => [threads.memory.words[H_RECORDS_USED], threads.memory.words[H_PAGES_USED]]
    const before = used()
    await run('forms')
    await run('children')
    expect(used()).toEqual(before)
  })
})

/** What `writes` has written when it says that it is ready. */
const WRITTEN = Array.from({ length: 21 }, (_, i) => `${String(i)};`).join('')

describe('a worker with many calls under way', () => {
  it('is told of to its end before its task ends, while the event loop has its turns', async () => {
    const told: (string | boolean | undefined)[] = []
    let turns: number | undefined
    const timer = setInterval(() => {
      if (turns !== undefined) turns++
    })
    const { run } = makeKernel({
      trace({ name, unfinished }) {
        told.push(unfinished === true ? true : name)
        if (unfinished !== true) return
        turns ??= 0
        for (const end = performance.now() + 0.1; performance.now() < end;);
      },
    })
    expect(await run('unfinished', '1000')).toMatchObject({ status: 5, error: undefined, timedOut: false })
    clearInterval(timer)
    expect(told.filter((it) => it === true).length).toBe(1000)
    expect(told.slice(-2)).toEqual([true, 'exit'])
    expect(turns).toBeGreaterThan(0)
  })
})

describe('a worker that breaks its trace', () => {
  it('is ended, and its run settles with the reason', async () => {
    const { run, events, threads } = makeKernel()
    const used = () => [threads.memory.words[H_RECORDS_USED], threads.memory.words[H_PAGES_USED]]
    const before = used()
    expect(await run('lies')).toMatchObject({ status: 1, error: { code: 'EIO' }, timedOut: false })
    expect(events.find(({ name }) => name === 'trace')).toMatchObject({ result: -5 })
    expect(used()).toEqual(before)
  })
})

describe('a worker that dies', () => {
  it('in the middle of a call leaves it unfinished, before its end', async () => {
    let asked: () => void
    const isAsked = new Promise<void>((resolve) => (asked = resolve))
    const never = createSource(() => {
      asked()
      return new Promise<string>(() => undefined)
    })
    const { task, kernel, lines, told } = await ready('blocks', never)
    await Promise.all([isAsked, told('[1] write(1, "ready", 5) = 5')])
    kernel.kill(task.id, 'KILL')
    await task.exited
    expect(lines()).toEqual([
      '[1] write(1, "ready", 5) = 5',
      '[1] --- SIGKILL ---',
      '[1] read(0, "", 9) = ? <unfinished ...>',
      '[1] +++ killed by SIGKILL +++',
    ])
  })

  it('has told of all that it did', async () => {
    for (let i = 0; i < 10; i++) {
      const { task, kernel, events, tree } = await ready('writes')
      await new Promise((resolve) => setTimeout(resolve, i))
      kernel.kill(task.id, 'KILL')
      await task.exited
      const writes = events.filter(({ name, args }) => name === 'write' && args[0] !== 1)
      const told = writes.map(({ args }) => new TextDecoder().decode((args[1] as TracedBytes).bytes)).join('')
      const there = new TextDecoder().decode(tree.readFile('/log'))
      // What it had written before it said that it is ready, at least.
      expect(there.startsWith(WRITTEN)).toBe(true)
      expect(told.startsWith(there)).toBe(true)
      // At most the last one was cut, and it says so.
      const unfinished = writes.filter((event) => event.unfinished === true)
      expect(unfinished.length).toBeLessThanOrEqual(1)
      const finished = writes
        .filter((event) => event.unfinished !== true)
        .reduce((sum, { result }) => sum + (result as number), 0)
      expect(there.length).toBeGreaterThanOrEqual(finished)
    }
  })
})
