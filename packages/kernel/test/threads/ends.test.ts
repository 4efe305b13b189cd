import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { readAsync } from '@ht/core'
import { createKernel, type Kernel, type KernelOptions, type RunOptions, type Task } from '@ht/kernel'
import { createThreads, type KernelThreads, type ThreadsOptions } from '@ht/kernel/threads'
import { createPipe, pipeKind } from '@ht/pipe'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
import {
  FREE,
  H_PAGES_USED,
  H_RECORDS_USED,
  HEADER_WORDS,
  DEFAULT_THREADS,
  T_INBOX,
  T_STATE,
  THREAD_WORDS,
} from '../../../core/src/shared/words/layout.js'
import { bundled } from '../../../../tooling/threads/bundled.js'
import { startThread } from '../../../../tooling/threads/start.js'
import type { Worker } from 'node:worker_threads'

const programs = bundled(new URL('./hostile-programs.ts', import.meta.url))
const workers = new Set<Worker>()
/** What Node has copied to this thread because nothing in a worker caught it. */
const copied: unknown[] = []
const kernels: Kernel[] = []

const createWorker = () => started('./worker.ts')

function started(module: string): Worker {
  const worker = startThread(new URL(module, import.meta.url), undefined)
  workers.add(worker)
  worker.on('exit', () => workers.delete(worker))
  worker.on('error', (error) => copied.push(error))
  return worker
}

interface Machine {
  readonly kernel: Kernel
  readonly threads: KernelThreads
  run(name: string, options?: RunOptions): ReturnType<Kernel['run']>
  /** What of the memory is in use: records, pages, thread numbers. */
  used(): readonly (number | undefined)[]
}

function makeMachine(options: Partial<ThreadsOptions> = {}, more: Partial<KernelOptions> = {}): Machine {
  const threads = createThreads({ createWorker, ...options })
  const kernel = createKernel({ kinds: [pipeKind], pipe: createPipe, threads, ...more })
  kernels.push(kernel)
  return {
    kernel,
    threads,
    run: (name, more) => kernel.run(programs, { worker: true, name, timeoutMs: 600_000, ...more }),
    used() {
      const { words } = threads.memory
      const states = Array.from({ length: DEFAULT_THREADS }, (_, i) => words[HEADER_WORDS + i * THREAD_WORDS + T_STATE])
      return [words[H_RECORDS_USED], words[H_PAGES_USED], states.filter((state) => state !== FREE).length]
    },
  }
}

afterEach(async () => {
  for (const kernel of kernels.splice(0)) expect(await kernel.close()).toEqual([])
  copied.length = 0
  expect(workers.size).toBe(0)
})

/** Waits until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 600_000
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`it has not come to be that ${String(isSo)}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Starts a program, and waits until it says that it is ready. */
async function ready(kernel: Kernel, name: string) {
  const { reader: output, writer } = createPipe()
  const task = kernel.spawn(programs, { worker: true, name, stdout: writer })
  expect(await readAsync(output, new Uint8Array(8))).toBe(5)
  return { output, task }
}

/** The end of a FIFO to write to, if the other one is open. */
function writerOf(fifo: string): number | undefined {
  try {
    return openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') return undefined
    throw error
  }
}

describe('the end of a task is the exit of its worker', () => {
  it('and no message of a worker ends a task, another one, or the host', async () => {
    const machine = makeMachine()
    const before = machine.used()
    expect(await machine.run('posts')).toMatchObject({ status: 7, error: undefined })
    const { output, task } = await ready(machine.kernel, 'postsAndSpins')
    machine.kernel.kill(task.id, 'KILL')
    expect(await task.exited).toMatchObject({ status: 137, signal: 'KILL', error: undefined })
    output.release()
    expect(machine.used()).toEqual(before)
  })

  describe.each([
    ['throws', 'in its function'],
    ['throwsLater', 'outside of it'],
  ])('whatever %s %s:', (program) => {
    it.each([
      ['bigint', 'Error', '1'],
      ['symbol', 'Error', 'Symbol(s)'],
      ['null', 'Error', 'null'],
      ['circular', 'Error', 'an object was thrown that is not an error'],
      ['error without a stack', 'Error', 'hi'],
      ['huge error', 'Error', expect.stringMatching(/^x{4096}$/)],
      ['large error', 'TypeError', 'large'],
      ['proxy', 'Error', 'an object was thrown that is not an error'],
    ])('%s', async (name, error, message) => {
      expect(await makeMachine().run(program, { args: [name] })).toMatchObject({
        status: 1,
        error: { name: error, message: message as string },
      })
      expect(copied).toEqual([])
    })

    it('nothing, which is status 1 too', async () => {
      expect(await makeMachine().run(program, { args: ['undefined'] })).toMatchObject({
        status: 1,
        error: undefined,
        timedOut: false,
      })
      expect(copied).toEqual([])
    })
  })

  it.each(['ours', 'its own'])('of a worker that floods the host with messages: it is ended (%s)', async (whose) => {
    const machine = makeMachine()
    const before = machine.used()
    const result = await machine.run('floods', { args: [whose] })
    expect(result).toMatchObject({ status: 1, timedOut: false, error: { code: 'ENOBUFS' } })
    expect(machine.used()).toEqual(before)
  })

  it('from a stack that is full', async () => {
    const { run } = makeMachine()
    const result = await run('overflows')
    expect(result).toMatchObject({ status: 1 })
    expect(result.error).toBeInstanceOf(RangeError)
    expect(await run('exitsFromTheDeep')).toMatchObject({ status: 9, timedOut: false })
  })
})

describe('an error that a program does not catch', () => {
  it.each(['throwsLater', 'rejects'])(
    'is never copied to the kernel’s thread, which is told its class, message, code and stack: %s',
    async (name) => {
      const { error, status } = await makeMachine().run(name, { args: ['large error'] })
      expect(status).toBe(1)
      expect(error).toBeInstanceOf(TypeError)
      expect(error).toMatchObject({ message: 'large', code: 'E_LARGE', stack: expect.stringContaining('    at ') as string })
      expect(error).not.toHaveProperty('parts')
      expect(copied).toEqual([])
    },
  )

  it('is cut also where the worker that throws it has no task yet', async () => {
    const threads = createThreads({ createWorker: () => started('./failing-worker.ts') })
    const kernel = createKernel({ threads })
    kernels.push(kernel)
    const { error } = await kernel.run('none', { worker: true, timeoutMs: 600_000 })
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ message: expect.stringMatching(/^x{4096}$/) as string, code: 'E_LARGE' })
    expect(copied).toEqual([error])
    expect(copied[0]).not.toHaveProperty('parts')
  })

  const second = ['monitor', 'the second', 'unhandledRejection']
  it.each([
    ['monitor', 'nothing', 'large', [['monitor', 'large', 'uncaughtException']]],
    [
      'listener',
      'once',
      'the second',
      [['monitor', 'large', 'uncaughtException'], ['listener', 'large', 'uncaughtException'], second],
    ],
    [
      'callback',
      'while it is set',
      'the second',
      [['monitor', 'large', 'uncaughtException'], ['callback', 'large', null], second],
    ],
    ['thrower', 'with another error', 'in the listener', [['monitor', 'large', 'uncaughtException']]],
  ])('is heard by a program’s own %s, which catches it: %s', async (way, _, message, heard) => {
    const { text, status, error } = await makeMachine().run('hears', { args: [way] })
    expect([status, (error as Error).message, JSON.parse(text)]).toEqual([1, message, [...heard, ['exit', 1]]])
    expect(copied).toEqual([])
  })

  it('is none of a task’s that has exited', async () => {
    expect(await makeMachine().run('throwsAtExit')).toMatchObject({ status: 11, error: undefined })
    expect(copied).toEqual([])
  })
})

describe('a worker ends soon after its task', () => {
  it.each([
    ['exitsAndSpins', 5],
    ['exitsAndStays', 6],
    ['exitsInATimer', 4],
    ['execs', 3],
  ])('that %s', async (name, status) => {
    const machine = makeMachine()
    const before = machine.used()
    expect(await machine.run(name)).toMatchObject({ status, timedOut: false })
    expect([workers.size, ...machine.used()]).toEqual([0, ...before])
  })

  it('that exits when it is sent a signal', async () => {
    const machine = makeMachine()
    const before = machine.used()
    const { kernel } = machine
    const { output, task } = await ready(kernel, 'exitsForSignal')
    kernel.kill(task.id, 'TERM')
    expect(await task.exited).toMatchObject({ status: 5, signal: undefined })
    output.release()
    expect([workers.size, ...machine.used()]).toEqual([0, ...before])
  })

  it('and is for one task, also if it was started ahead', async () => {
    let made = 0
    const { run } = makeMachine({
      warm: 1,
      createWorker() {
        made++
        return createWorker()
      },
    })
    await until(() => made === 1)
    for (let i = 0; i < 3; i++) {
      expect((await run('leavesMark')).text).toBe('false')
      await until(() => made === i + 2)
    }
  })
})

describe('a run settles', () => {
  it('within its time and the grace of a worker that cannot be ended, and says so', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'ht-'))
    const fifo = join(folder, 'fifo')
    try {
      execFileSync('mkfifo', [fifo])
    } catch {
      console.warn('skipped, as there is no mkfifo: a worker that cannot be ended')
      context.skip()
    }
    const { kernel } = makeMachine({ graceMs: 300 })
    const running = kernel.run(programs, { worker: true, name: 'readsFifo', args: [fifo], timeoutMs: 600_000 })
    // The call has begun when what it starts reads.
    let writer: number | undefined
    await until(() => (writer = writerOf(fifo)) !== undefined)
    for (const { id } of kernel.tasks()) kernel.kill(id, 'KILL')
    const result = await running
    expect(result).toMatchObject({ status: 137, signal: 'KILL', timedOut: false, error: { code: 'EBUSY' } })
    expect((result.error as Error).message).toContain('has not ended for 300 ms after it was terminated')
    expect([workers.size, kernel.tasks()]).toEqual([1, []])
    kernels.length = 0
    expect(await kernel.close()).toMatchObject([{ status: 137, error: { code: 'EBUSY' } }])
    // What it waits for lets it end.
    closeSync(writer!)
    await until(() => workers.size === 0)
    rmSync(folder, { recursive: true })
  })

  it('with no task left, though one was about to start another when it was killed', async () => {
    const createWorker = () => started('./pipe-worker.ts')
    const { kernel, threads } = makeMachine({ createWorker, pipe: createSharedPipe }, { kinds: [sharedPipeKind] })
    const root = async (task: Task) => {
      const [fromChild, toParent] = task.pipe2()
      const [fromParent, toChild] = task.pipe2()
      task.spawn(programs, { worker: true, name: 'starts', stdin: fromParent, stdout: toParent })
      await task.readAsync(fromChild, new Uint8Array(1))
      task.write(toChild, new Uint8Array(1))
      // It asks for the start, its first call to this thread, while this thread computes, and is killed in the same turn.
      const { words, thread } = threads.memory
      const inbox = HEADER_WORDS + thread * THREAD_WORDS + T_INBOX
      const deadline = Date.now() + 600_000
      while ((Atomics.load(words, inbox) | Atomics.load(words, inbox + 1)) === 0) {
        if (Date.now() > deadline) throw new Error('it has not asked')
      }
      return 0
    }
    expect(await kernel.run(root)).toMatchObject({ status: 0 })
    expect(kernel.tasks()).toEqual([])
    await until(() => workers.size === 0)
    expect(kernel.spawn(() => 0).id).toBe(3)
  })
})

describe('numbers of threads', () => {
  it('are free when a child has been waited for', async () => {
    // Without a pause, and more than there can be at once.
    expect(await makeMachine().run('startsAndWaits', { args: [String(DEFAULT_THREADS + 6)] })).toMatchObject({ status: 0 })
  })

  it.each(['spawn', 'fork'])('that are used up are EAGAIN in the caller of %s, and change nothing', async (call) => {
    const { run, used } = makeMachine()
    const before = used()
    const [children, code, handles, after] = JSON.parse((await run('startsMany', { args: [call] })).text) as unknown[]
    expect([children, code]).toEqual([expect.any(Number), 'EAGAIN'])
    expect(after).toEqual(handles)
    expect(used()).toEqual(before)
  })

  it('that are used up are EAGAIN in the kernel’s thread too', async () => {
    const { kernel, used } = makeMachine()
    const before = used()
    const tasks: Task[] = []
    expect(() => {
      for (;;) tasks.push(kernel.spawn(programs, { worker: true, name: 'waits' }))
    }).toThrow(expect.objectContaining({ code: 'EAGAIN', syscall: 'spawn' }))
    expect(kernel.tasks()).toEqual(tasks)
    for (const { id } of tasks) kernel.kill(id, 'KILL')
    await Promise.all(tasks.map((it) => it.exited))
    expect(used()).toEqual(before)
  })
})

describe('an exec that fails changes nothing', () => {
  it.each([
    ['a module that is not there', './nowhere.js', 'ENOENT'],
    ['a module without a program', './start.ts', 'ENOEXEC'],
  ])('in a worker: %s', async (_, module, code) => {
    const address = new URL(module, import.meta.url)
    const empty = module.endsWith('.ts') ? bundled(new URL('./death-data.ts', import.meta.url)) : address
    const { text, error } = await makeMachine().run('execsBadly', { args: [empty.href, '1'] })
    expect(error).toBeUndefined()
    const { before, after, ...rest } = JSON.parse(text) as Record<string, unknown>
    expect(rest).toEqual({ code, read: 1 })
    expect(after).toEqual(before)
  })

  it('in the kernel’s thread', async () => {
    const { kernel, used } = makeMachine()
    const before = used()
    const result = await kernel.run(async (task) => {
      const [reader, writer] = task.pipe2(0o2000000)
      const handles = task.table.activeHandles()
      const failure = await task
        .exec(new URL('./nowhere.js', import.meta.url), { worker: true, name: 'another' })
        .catch((it: unknown) => it)
      expect(failure).toMatchObject({ code: 'ENOENT', syscall: 'exec' })
      expect(task.table.activeHandles()).toEqual(handles)
      task.close(reader)
      task.close(writer)
      return 8
    })
    expect(result).toMatchObject({ status: 8, error: undefined })
    await until(() => workers.size === 0)
    await until(() => String(used()) === String(before))
  })
})

describe('the kernel’s thread', () => {
  it('answers ENOSYS to a request of a worker that it does not know', async () => {
    expect((await makeMachine().run('asksForNothing')).text).toBe('["ENOSYS","ENOSYS","ENOSYS","ENOSYS"]')
  })

  it('lists what is open without asking the workers where it is at home', async () => {
    const { kernel } = makeMachine()
    const { output, task } = await ready(kernel, 'keepsPipes')
    const [listed] = kernel.lsof()
    // Had it asked, these would say that nothing has answered.
    const pipe = { kind: 'ht:pipe', description: '(at home in thread 1)' }
    expect(listed!.handles.filter(({ handle }) => handle !== 1)).toMatchObject([pipe, pipe, pipe])
    kernel.kill(task.id, 'KILL')
    await task.exited
    output.release()
  })
})
