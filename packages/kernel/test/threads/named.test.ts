import { afterEach, describe, expect, it } from 'vitest'
import { isHandleError, type HandleError } from '@ht/core'
import { createKernel, type Kernel, type RunOptions, type Task } from '@ht/kernel'
import { createThreads } from '@ht/kernel/threads'
import { runWorker, type WorkerPort } from '@ht/kernel/worker'
import { createPipe, pipeKind } from '@ht/pipe'
import { startThread } from '../../../../tooling/threads/start.js'

const createWorker = () => startThread(new URL('./named-worker.ts', import.meta.url), undefined)
const kernels: Kernel[] = []

function makeKernel(): Kernel {
  const kernel = createKernel({ kinds: [pipeKind], pipe: createPipe, threads: createThreads({ createWorker }) })
  kernels.push(kernel)
  return kernel
}

const run = (name: string, options?: RunOptions) => makeKernel().run(name, { worker: true, ...options })

afterEach(() => {
  for (const kernel of kernels.splice(0)) kernel.close()
})

describe('a program by its name', () => {
  it('runs in a worker whose module was written with it', async () => {
    expect(await run('hello')).toMatchObject({ status: 0, error: undefined, text: 'hello from hello\n' })
    expect(await run('later', { name: 'x' })).toMatchObject({ status: 3, text: 'later\n' })
  })

  it('is spawned, forked and cloned by a task in a worker', async () => {
    const { status, text, error } = await run('starts')
    expect(error).toBeUndefined()
    expect([status, text.split('\n').sort()]).toEqual([3, ['', 'hello from a child', 'hello from a copy', 'later']])
  })

  it('takes the place of another one (exec), in the worker and in the kernel’s thread', async () => {
    const { status, text } = await run('becomesOf', { args: ['hello'] })
    expect([status, text]).toEqual([0, 'hello from hello\n'])
    const inThread = async (task: Task) => task.exec('hello', { worker: true })
    expect(await makeKernel().run(inThread)).toMatchObject({ status: 0, text: 'hello from hello\n' })
  })

  it('that is not there: ENOENT, which names those that are', async () => {
    for (const name of ['helo', 'toString', '__proto__', '']) {
      const { status, error } = await run(name)
      expect([name, status, isHandleError(error) && error.code]).toEqual([name, 1, 'ENOENT'])
      expect(String(error)).toContain(`no program is named ${JSON.stringify(name)} in this worker`)
      expect(String(error)).toContain('hello, later')
    }
  })

  it('that is not there fails an exec, which changes nothing', async () => {
    const { status, text } = await run('becomes')
    expect([status, text]).toEqual([
      0,
      expect.stringMatching(/^ENOENT: no program is named "not there".*; 5 handles\nhello from hello\n$/),
    ])
  })

  it('is refused without `worker: true`, without threads, and with a NUL', () => {
    const kernel = makeKernel()
    expect(() => kernel.spawn('hello')).toThrow(/EINVAL: options.worker must be true for a module or a name/)
    expect(() => kernel.spawn('a\0b', { worker: true })).toThrow(/EINVAL: program holds a NUL/)
    expect(() => createKernel().spawn('hello', { worker: true })).toThrow(/ENOSYS/)
  })

  it('has to be a function where it is registered', () => {
    const port: WorkerPort = { post: () => undefined, listen: () => undefined }
    expect(() => runWorker({ programs: { a: 7 as never } }, port)).toThrow(/EINVAL: options.programs.a must be a function, got 7/)
    expect(() => runWorker({ programs: 7 as never }, port)).toThrow(
      /EINVAL: options.programs must be an object with named fields, got 7/,
    )
  })
})

describe('what a program throws in a worker', () => {
  it('arrives as an error of its class, with message and stack', async () => {
    const { status, error } = await run('throwsTypeError')
    expect(status).toBe(1)
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toBe('no good')
    expect((error as Error).stack).toMatch(/^TypeError: no good\n +at throwsTypeError /)
  })

  it('has the name of a class of its own', async () => {
    const { error } = await run('throwsOwnClass')
    expect(error).toBeInstanceOf(Error)
    expect([(error as Error).name, (error as Error).message]).toEqual(['PackingError', 'does not fit'])
    expect(Object.keys(error as Error)).toEqual([])
  })

  it('has the fields of a HandleError', async () => {
    const { error } = await run('badHandle')
    expect(isHandleError(error)).toBe(true)
    const { code, errno, syscall, handle, name } = error as HandleError
    expect([name, code, errno, syscall, handle]).toEqual(['HandleError', 'EBADF', 9, 'read', 77])
  })

  it('is told to a parent in a worker too', async () => {
    expect(JSON.parse((await run('tellsOfChild')).text)).toEqual(['PackingError', 'does not fit', true])
  })

  it.each([
    ['throwsPlainText', 'just words'],
    ['throwsBigint', '1'],
    ['throwsSymbol', 'Symbol(x)'],
    ['throwsNull', 'null'],
    ['throwsCircle', 'an object was thrown that is not an error'],
    ['throwsGetter', 'an object was thrown that is not an error'],
    ['throwsProxy', 'an object was thrown that is not an error'],
    ['throwsFunction', 'an object was thrown that is not an error'],
  ])('is an error whatever it was: %s', async (name, message) => {
    const { status, error } = await run(name)
    expect([status, String(error)]).toEqual([1, `Error: ${message}`])
  })

  it('is cut where it is long', async () => {
    const { status, error } = await run('throwsLong')
    const { name, message, stack } = error as Error
    expect([status, name.length, message.length, stack?.length]).toEqual([1, 256, 4096, 8192])
  })
})
