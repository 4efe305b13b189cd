import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { readAsync } from '@ht/core'
import { AF_INET, AF_INET6, AF_UNIX, SHUT_WR, SOCK_STREAM } from '@ht/core/socket'
import { createKernel, type Kernel, type RunResult, type Task } from '@ht/kernel'
import { createThreads, type IoOptions, type KernelThreads } from '@ht/kernel/threads'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
import { createLocalSockets, localSocketKind } from '@ht/socket'
import { createTcpSockets, tcpKind } from '@ht/socket/tcp'
import { H_PAGES_USED, H_RECORDS_USED } from '../../../core/src/shared/words/layout.js'
import { bundled } from '../../../../tooling/threads/bundled.js'
import { startThread } from '../../../../tooling/threads/start.js'
import { AF_SLOW, slowKind } from './io-slow-kind.js'

const programs = bundled(new URL('./io-programs.ts', import.meta.url))
const word = new Int32Array(new SharedArrayBuffer(4))
const workers = new Set<Worker>()
const ioWorkers: Worker[] = []
const kernels: Kernel[] = []

function kept(worker: Worker): Worker {
  workers.add(worker)
  worker.on('exit', () => workers.delete(worker))
  return worker
}

function createIoWorker(): Worker {
  const worker = kept(startThread(new URL('./io-worker.ts', import.meta.url), undefined))
  ioWorkers.push(worker)
  return worker
}

const domains = [AF_INET, AF_INET6]

interface Made {
  readonly kernel: Kernel
  readonly threads: KernelThreads
}

function makeKernel(io: IoOptions = { createWorker: createIoWorker, domains }): Made {
  const threads = createThreads({
    createWorker: () => kept(startThread(new URL('./pipe-worker.ts', import.meta.url), { word })),
    pipe: createSharedPipe,
    io,
  })
  const kernel = createKernel({ kinds: [sharedPipeKind, tcpKind, localSocketKind, slowKind], threads })
  kernels.push(kernel)
  return { kernel, threads }
}

/** Waits until no worker is left, and nothing of one. */
async function allGone(): Promise<void> {
  await Promise.all([...workers].map((worker) => new Promise((resolve) => worker.on('exit', resolve))))
  await new Promise((resolve) => setImmediate(resolve))
}

afterEach(async () => {
  for (const kernel of kernels.splice(0)) kernel.close()
  await allGone()
  ioWorkers.length = 0
})

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const bytes = (from: string) => new TextEncoder().encode(from)
const run = (name: string, { kernel } = makeKernel(), ...args: string[]): Promise<RunResult> =>
  kernel.run(programs, { worker: true, name, args })

/** Starts a program, and waits until it has said something. */
async function saying({ kernel, threads }: Made, name: string, ...args: string[]) {
  const { reader, writer } = createSharedPipe(threads.memory)
  const task = kernel.spawn(programs, { worker: true, name, args, stdout: writer })
  const buffer = new Uint8Array(256)
  const next = async () => text(buffer.subarray(0, await readAsync(reader, buffer)))
  return { task, said: await next(), next }
}

async function readAll(task: Task, handle: number): Promise<string> {
  const buffer = new Uint8Array(4096)
  let all = ''
  for (let count; (count = await task.readAsync(handle, buffer)) > 0;) all += text(buffer.subarray(0, count))
  return all
}

describe('TCP with an I/O worker', () => {
  it('connects tasks in two workers, which block', async () => {
    expect(await run('both')).toMatchObject({ status: 0, text: 'between two workers' })
  })

  it('goes on while the kernel’s thread is blocked', async () => {
    const { kernel } = makeKernel()
    Atomics.store(word, 0, 0)
    const task = kernel.spawn(programs, { worker: true, name: 'alone' })
    // The thread answers nobody meanwhile. A task's start needs it no more: its worker has been posted what to run.
    await new Promise((resolve) => setImmediate(resolve))
    expect(Atomics.wait(word, 0, 0, 600_000)).not.toBe('timed-out')
    expect(word[0]).toBe(1)
    expect(await task.exited).toMatchObject({ status: 0 })
  })

  it('connects a task of the kernel’s thread, with promises, and one in a worker', async () => {
    const made = makeKernel()
    const { task: server, said: address } = await saying(made, 'server')
    const heard = await made.kernel.run(async (task) => {
      const socket = task.socket(AF_INET, SOCK_STREAM)
      await task.connectAsync(socket, address)
      await task.writeAsync(socket, bytes('from here'))
      task.shutdown(socket, SHUT_WR)
      await task.writeAsync(
        1,
        bytes(`${task.getpeername(socket) === address ? 'right' : 'wrong'}: ${await readAll(task, socket)}`),
      )
    })
    expect(heard).toMatchObject({ error: undefined, text: 'right: from here' })
    expect(await server.exited).toMatchObject({ status: 0 })
  })

  it('lets a task of the kernel’s thread accept one in a worker, in the turn in which the kernel is made', async () => {
    const made = makeKernel()
    let client: Promise<RunResult> | undefined
    const server = await made.kernel.run(async (task) => {
      const listening = task.socket(AF_INET, SOCK_STREAM)
      task.bind(listening, '127.0.0.1:0')
      await task.listenAsync(listening, 1)
      client = run('client', made, task.getsockname(listening), 'hello')
      const connection = await task.accept4Async(listening)
      await task.writeAsync(connection, bytes(`${await readAll(task, connection)}!`))
    })
    expect(server).toMatchObject({ status: 0, error: undefined })
    expect(await client).toMatchObject({ status: 0, text: 'hello!' })
  })

  it('refuses with ECONNREFUSED', async () => {
    expect(await run('refused')).toMatchObject({ text: 'ECONNREFUSED' })
  })

  it('answers the errors of socket(2), also where it has no such domain', async () => {
    const { text: said } = await run('errors')
    expect(JSON.parse(said)).toEqual(['ESOCKTNOSUPPORT', 'ENOTSUP', 'EAFNOSUPPORT', 'ENOTCONN'])
  })

  it('keeps nothing of what has ended', async () => {
    const made = makeKernel()
    for (let i = 0; i < 3; i++) expect(await run('both', made)).toMatchObject({ status: 0 })
    const { words } = made.threads.memory
    // What is left is the I/O worker's: what it is asked by, and the table that has it. It closes its sockets in its own time.
    await expect.poll(() => [words[H_RECORDS_USED], words[H_PAGES_USED]], { timeout: 600_000 }).toEqual([1, 1])
  })
})

describe('a family with pairs in the I/O worker', () => {
  it('makes them, for a task in a worker and for one of the kernel’s thread', async () => {
    const made = makeKernel({ createWorker: createIoWorker, domains: [AF_UNIX] })
    expect(await run('pair', made)).toMatchObject({ text: 'over a pair' })
    const here = await made.kernel.run(async (task) => {
      const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
      await task.writeAsync(a, bytes('here too'))
      task.shutdown(a, SHUT_WR)
      await task.writeAsync(1, bytes(await readAll(task, b)))
    })
    expect(here).toMatchObject({ status: 0, text: 'here too' })
  })
})

it('waits for a connection that takes its time, in a worker and in the kernel’s thread', async () => {
  const made = makeKernel({ createWorker: createIoWorker, domains: [AF_SLOW] })
  expect(await run('slow', made)).toMatchObject({ text: 'connected' })
  const here = await made.kernel.run(async (task) => {
    await task.connectAsync(task.socket(AF_SLOW, SOCK_STREAM), 'anywhere')
  })
  expect(here).toMatchObject({ status: 0, error: undefined })
})

describe('an I/O worker that ends', () => {
  it('takes its sockets with it, which is EIO; the next socket starts another', async () => {
    const made = makeKernel()
    const { task, said, next } = await saying(made, 'loses', 'starts anew')
    expect(said).toBe('waits')
    await ioWorkers[0]!.terminate()
    expect(JSON.parse(await next())).toEqual(['EIO', 'EIO', 'number'])
    expect(await task.exited).toMatchObject({ status: 0 })
    expect(ioWorkers).toHaveLength(2)
    expect(await run('both', made)).toMatchObject({ text: 'between two workers' })
    expect(ioWorkers).toHaveLength(2)
  })

  it('is started anew by a task of the kernel’s thread', async () => {
    const { kernel } = makeKernel()
    const open = async () => (await kernel.run((task) => task.socket(AF_INET, SOCK_STREAM))).status
    expect(await open()).toBe(3)
    await ioWorkers[0]!.terminate()
    await new Promise((resolve) => setImmediate(resolve))
    expect(await open()).toBe(3)
    expect(ioWorkers).toHaveLength(2)
  })

  it('before it has attached, is EIO for whoever has asked, and tried again by the next one', async () => {
    let made = 0
    const fails = (after: number) => () =>
      ++made <= after ? kept(new Worker('throw new Error("no good")', { eval: true })) : createIoWorker()
    // The first is started with the kernel; each that asks has another one started.
    const threads = makeKernel({ createWorker: fails(2), domains })
    expect(await run('opens', threads)).toMatchObject({ text: 'EIO' })
    expect(made).toBe(2)
    expect(await run('opens', threads)).toMatchObject({ text: '3' })
    expect(made).toBe(3)
  })

  it('before it has attached, is EIO with the reason in the kernel’s thread, which does not wait', async () => {
    let made = 0
    const { kernel, threads } = makeKernel({
      createWorker: () => (++made === 1 ? kept(new Worker('throw new Error("no good")', { eval: true })) : createIoWorker()),
      domains,
    })
    const open = async () => kernel.run((task) => task.socket(AF_INET, SOCK_STREAM))
    // What stands for the one that has ended comes to the table.
    while (threads.memory.words[H_RECORDS_USED] === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(String((await open()).error)).toMatch(/EIO.*no good/)
    expect(await open()).toMatchObject({ status: 3, error: undefined })
    expect(made).toBe(2)
  })

  it('whose successor cannot be started is EIO, and tried again by the next socket', async () => {
    let made = 0
    const createWorker = () => {
      if (++made === 2) throw new Error('no thread just now')
      return createIoWorker()
    }
    const threads = makeKernel({ createWorker, domains })
    expect(await run('opens', threads)).toMatchObject({ text: '3' })
    await ioWorkers[0]!.terminate()
    await new Promise((resolve) => setImmediate(resolve))
    expect([await run('opens', threads), await run('opens', threads)]).toMatchObject([{ text: 'EIO' }, { text: '3' }])
  })
})

describe('a process with an I/O worker', () => {
  const main = fileURLToPath(bundled(new URL('./io-process.ts', import.meta.url)))
  const ioWorker = bundled(new URL('./io-worker.ts', import.meta.url)).href

  it('ends when it has nothing to do, though its kernel is open', async () => {
    child = spawn(process.execPath, [main, ioWorker])
    expect(await new Promise((resolve) => child!.once('exit', resolve))).toBe(0)
  })

  it('delivers all that its sockets have taken, though its kernel is closed', async () => {
    const received = new Promise<number>((resolve) => {
      server.once('connection', (connection) => {
        let count = 0
        connection.on('end', () => {
          resolve(count)
        })
        // Read from when nothing more can be sent, and the kernel is closed.
        void closed.then(() => connection.on('data', (data) => (count += data.length)).resume())
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    child = spawn(process.execPath, [main, ioWorker, `127.0.0.1:${String((server.address() as AddressInfo).port)}`])
    const closed = new Promise<number>((resolve) => {
      child!.stdout.once('data', (line: Buffer) => {
        resolve(Number(line.toString()))
      })
    })
    const ended = new Promise((resolve) => child!.once('exit', resolve))
    expect(await received).toBe(await closed)
    expect(await closed).toBeGreaterThan(65_536)
    expect(await ended).toBe(0)
  })

  const server = createServer({ pauseOnConnect: true })
  let child: ChildProcessWithoutNullStreams | undefined
  afterEach(() => {
    server.close()
    child?.kill('SIGKILL')
  })
})

describe('createKernel with an I/O worker', () => {
  it('takes no other sockets of its domains: EINVAL', () => {
    const io = { createWorker: createIoWorker, domains }
    const threads = () => createThreads({ createWorker: createIoWorker, io })
    expect(() => createKernel({ sockets: [createTcpSockets()], threads: threads() })).toThrow(/EINVAL.*options\.sockets/)
    const kernel = createKernel({ sockets: [createLocalSockets()], threads: threads() })
    kernels.push(kernel)
    expect(ioWorkers).toHaveLength(1)
  })

  it('throws what createWorker throws, and leaves nothing', () => {
    const createWorker = () => {
      throw new Error('no workers here')
    }
    const threads = createThreads({ createWorker: createIoWorker, io: { createWorker, domains } })
    expect(() => createKernel({ threads })).toThrow('no workers here')
    expect(() => threads.memory).toThrow(/EBADF/)
  })

  it('is told which option is wrong', () => {
    const wrong = (io: unknown) => () => createThreads({ createWorker: createIoWorker, io: io as IoOptions })
    expect(wrong(null)).toThrow(/EINVAL.*options\.io must/)
    expect(wrong({ domains })).toThrow(/EINVAL.*options\.io\.createWorker/)
    expect(wrong({ createWorker: createIoWorker })).toThrow(/EINVAL.*options\.io\.domains/)
    expect(wrong({ createWorker: createIoWorker, domains: ['inet'] })).toThrow(/EINVAL.*options\.io\.domains/)
  })
})
