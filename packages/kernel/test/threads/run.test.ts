import { afterEach, describe, expect, it } from 'vitest'
import { defineKind, implement, readAsync, StreamOps } from '@ht/core'
import { createMemoryTree, memoryKinds } from '@ht/file/memory'
import { createKernel, type Kernel, type RunOptions } from '@ht/kernel'
import { createThreads, type KernelThreads } from '@ht/kernel/threads'
import { createPipe, pipeKind } from '@ht/pipe'
import { createLocalSockets, localSocketKind } from '@ht/socket'
import { H_PAGES_USED, H_RECORDS_USED } from '../../../core/src/shared/words/layout.js'
import { bundled } from '../../../../tooling/threads/bundled.js'
import { startThread } from '../../../../tooling/threads/start.js'
import type { Worker } from 'node:worker_threads'

const programs = bundled(new URL('./programs.ts', import.meta.url))
const workers = new Set<Worker>()

function createWorker(): Worker {
  const worker = startThread(new URL('./worker.ts', import.meta.url), undefined)
  workers.add(worker)
  worker.on('exit', () => workers.delete(worker))
  return worker
}

const kernels: Kernel[] = []

function makeKernel(): {
  kernel: Kernel
  threads: KernelThreads
  run: (name: string, options?: RunOptions) => ReturnType<Kernel['run']>
} {
  const threads = createThreads({ createWorker })
  const kernel = createKernel({
    kinds: [pipeKind, localSocketKind, ...memoryKinds],
    root: createMemoryTree().root(),
    pipe: createPipe,
    sockets: [createLocalSockets()],
    threads,
  })
  kernels.push(kernel)
  return { kernel, threads, run: (name, options) => kernel.run(programs, { worker: true, name, ...options }) }
}

/** Waits until no worker is left, and nothing of one. */
async function allGone(): Promise<void> {
  await Promise.all([...workers].map((worker) => new Promise((resolve) => worker.on('exit', resolve))))
  await new Promise((resolve) => setImmediate(resolve))
}

afterEach(async () => {
  for (const kernel of kernels.splice(0)) kernel.close()
  await allGone()
})

const decoder = new TextDecoder()

/** Starts a program that says `ready`, and waits until it has. */
async function ready(name: string) {
  const { kernel } = makeKernel()
  const output = createPipe()
  const task = kernel.spawn(programs, { worker: true, name, stdout: output.writer })
  const buffer = new Uint8Array(64)
  const rest = async () => decoder.decode(buffer.subarray(0, await readAsync(output.reader, buffer)))
  expect(await rest()).toBe('ready')
  return { task, kernel, rest }
}

describe('a program in a worker', () => {
  it('reads its input and writes its output, blocking', async () => {
    expect(await makeKernel().run('echo', { input: 'hello\n' })).toMatchObject({ status: 7, text: 'hello\n' })
  })

  it('does so with promises', async () => {
    expect(await makeKernel().run('echoLater', { input: 'hello\n' })).toMatchObject({ status: 0, text: 'hello\n' })
  })

  it('has its name, arguments, environment and handles', async () => {
    const { text } = await makeKernel().run('who', { args: ['a', 'b'], env: { HOME: '/' } })
    expect(JSON.parse(text)).toEqual(['who', ['a', 'b'], { HOME: '/' }, false, [0, 1, 2]])
  })

  it('is killed in an endless loop', async () => {
    const { task, kernel } = await ready('spin')
    kernel.kill(task.id, 'KILL')
    expect(await task.exited).toMatchObject({ status: 137, signal: 'KILL' })
    expect(await makeKernel().run('spin', { timeoutMs: 1 })).toMatchObject({ status: 137, timedOut: true })
  })

  it('is killed by an abort', async () => {
    const controller = new AbortController()
    const { kernel } = makeKernel()
    const result = kernel.run(programs, { worker: true, name: 'spin', signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(result).rejects.toThrow('enough')
    expect(kernel.tasks()).toEqual([])
  })

  it('that throws ends with status 1 and what it threw', async () => {
    const result = await makeKernel().run('throws')
    expect(result.status).toBe(1)
    expect(String(result.error)).toContain('no good')
  })

  it('whose worker leaves by process.exit ends with that status', async () => {
    expect(await makeKernel().run('leaves')).toMatchObject({ status: 9, error: undefined })
  })

  it('whose worker dies of an error that nobody caught ends with status 1', async () => {
    const result = await makeKernel().run('crashes')
    expect(result.status).toBe(1)
    expect(String(result.error)).toContain('behind its back')
  })

  it('that exits has ended, whatever it does then', async () => {
    const { run } = makeKernel()
    expect(await run('exits')).toMatchObject({ status: 3, text: '' })
    expect(await run('ended')).toMatchObject({ status: 4 })
  })

  it('that gives no status is an error', async () => {
    const result = await makeKernel().run('badStatus')
    expect(String(result.error)).toContain('status must be an integer or nothing')
  })

  it('whose module is not there, or has no program, ends with an error that says so', async () => {
    const { kernel } = makeKernel()
    const missing = await kernel.run(new URL('./nowhere.ts', import.meta.url), { worker: true })
    expect([missing.status, String(missing.error)]).toEqual([1, expect.stringContaining('nowhere.ts')])
    const empty = await kernel.run(new URL('./run.test.ts', import.meta.url), { worker: true })
    expect(empty.status).toBe(1)
  })

  it('uses the files of the kernel, by paths and by handles', async () => {
    const { text } = await makeKernel().run('files')
    expect(JSON.parse(text)).toEqual(['456', 10, 10, '0123456789'])
  })

  it('times out', async () => {
    expect((await makeKernel().run('times')).text).toMatch(/^ETIMEDOUT: .*read \(handle 3, task 1\)$/)
  })
})

describe('an object of the kernel’s thread', () => {
  it('that answers more bytes than a worker has given it is EIO there', async () => {
    const kind = defineKind({
      name: 'acme-liar',
      capabilities: [implement(StreamOps, { read: () => 1_000_000, write: () => 1_000_000 })],
    })
    const threads = createThreads({ createWorker })
    const kernel = createKernel({ threads })
    kernels.push(kernel)
    for (const name of ['echo', 'echoLater']) {
      const task = kernel.spawn(programs, { worker: true, name, stdin: kind.open({}) })
      const { status, error } = await task.exited
      expect([status, String(error)]).toEqual([1, expect.stringContaining('EIO')])
    }
  })
})

describe('tasks of several workers', () => {
  it('send through a pipe, and are waited for', async () => {
    expect((await makeKernel().run('pipeline')).text).toBe('THROUGH A PIPE|5')
  })

  it('share a table (CLONE_FILES)', async () => {
    const { text } = await makeKernel().run('shares')
    expect(JSON.parse(text)).toEqual(['from 5, shared: true', false, true])
  })

  it('are forked with a copy of the table, close-on-exec handles included', async () => {
    const [heard, isChild] = (await makeKernel().run('forks')).text.split('|')
    expect([JSON.parse(heard!), isChild]).toEqual([[[0, 1, 2, 3, 4], 'forked', ['x']], 'true'])
  })

  it('exec another module, without what is close-on-exec', async () => {
    const { text } = await makeKernel().run('execs')
    expect(JSON.parse(text)).toEqual(['who', ['after', 'exec'], {}, false, [0, 1, 2, 4]])
  })

  it('refuse options that are wrong by their names, as elsewhere', async () => {
    const { text, status } = await makeKernel().run('wrongOptions')
    const names = [
      'options',
      'options',
      'options',
      'options',
      'options.trase',
      'options.env',
      'options.args',
      'options.files',
      'options.files',
      'options.files',
    ]
    expect([status, text.split('\n').map((it) => /^EINVAL: (\S+) /.exec(it)?.[1])]).toEqual([0, names])
  })

  it('exec a function in the same worker', async () => {
    expect(await makeKernel().run('execsFunction')).toMatchObject({ status: 2, text: 'a function' })
  })

  it('are killed and reaped', async () => {
    const { text } = await makeKernel().run('children')
    expect(JSON.parse(text)).toEqual(['ECHILD', 'runs', [143, 'TERM'], 'ESRCH'])
  })

  it('cannot be given a function', async () => {
    expect((await makeKernel().run('function')).text).toContain('a function cannot be posted')
  })

  it('reads and writes a datagram as one, whichever thread it is at home in', async () => {
    const { text } = await makeKernel().run('vectors')
    expect(JSON.parse(text)).toEqual([11, 4, 0, 0, 11, 'on|e message', 4, -11])
  })

  it('talk over sockets of the kernel', async () => {
    const { run } = makeKernel()
    expect((await run('sockets')).text).toBe('over a pair')
    expect((await run('serves')).text).toBe('a visit')
  })

  it('are listed with what they have open', async () => {
    const { text } = await makeKernel().run('lists')
    expect(JSON.parse(text)).toEqual([['lists', ['ht:stdio', 'ht:stdio', 'ht:stdio']]])
  })
})

describe('signals to a task in a worker', () => {
  it('call its function while it blocks', async () => {
    const { task, kernel, rest } = await ready('handles')
    kernel.kill(task.id, 'INT')
    expect(await rest()).toBe('got INT')
    expect(await task.exited).toMatchObject({ status: 0 })
  })

  it('can end it from within its function', async () => {
    const { task, kernel } = await ready('gives')
    kernel.kill(task.id, 'INT')
    expect(await task.exited).toMatchObject({ status: 6 })
  })

  it('end it where it blocks', async () => {
    const { task, kernel } = await ready('gives')
    kernel.kill(task.id, 'TERM')
    expect(await task.exited).toMatchObject({ status: 143, signal: 'TERM' })
  })

  it('come from a pipe without a reader', async () => {
    expect(await makeKernel().run('broken')).toMatchObject({ status: 141, signal: 'PIPE' })
  })
})

describe('workers', () => {
  it('end with their kernel, in an endless loop too', async () => {
    const { kernel } = makeKernel()
    const task = kernel.spawn(programs, { worker: true, name: 'spin' })
    expect(await kernel.close()).toEqual([])
    expect(task.ended).toMatchObject({ status: 137 })
    expect(workers.size).toBe(0)
    expect(await kernel.close()).toEqual([])
  })

  it('leave nothing in the memory', async () => {
    const { run, threads } = makeKernel()
    const used = async () => {
      await allGone()
      return [threads.memory.words[H_RECORDS_USED], threads.memory.words[H_PAGES_USED]]
    }
    const before = await used()
    await run('pipeline')
    await run('shares')
    await run('spin', { timeoutMs: 100 })
    expect(await used()).toEqual(before)
  })
})

describe('what cannot be', () => {
  it('is refused by name', () => {
    const { kernel, threads } = makeKernel()
    expect(() => kernel.spawn(programs)).toThrow('options.worker must be true for a module')
    expect(() => kernel.spawn(() => 0, { worker: true })).toThrow('options.worker must be false for a function')
    expect(() => createKernel().spawn(programs, { worker: true })).toThrow('createThreads() of @ht/kernel/threads')
    expect(() => createKernel({ threads })).toThrow('EBUSY')
    expect(() => createThreads(null as never)).toThrow('options must be an object')
    expect(() => createThreads({} as never)).toThrow('options.createWorker must be a function')
    expect(() => createThreads({ createWorker, warm: -1 })).toThrow('options.warm')
    for (const graceMs of [0, 2 ** 31]) expect(() => createThreads({ createWorker, graceMs })).toThrow('options.graceMs')
    expect(() => createThreads({ createWorker, kindsModule: 'x' as never })).toThrow('options.kindsModule must be a URL')
  })
})
