import { describe, expect, it } from 'vitest'
import { AF_UNIX, SOCK_STREAM } from '@ht/core/socket'
import { createKernel, type Task } from '../src/index.js'
import { createPresetKernel } from '../src/preset.js'
import { createSink, createSource } from '../src/stdio/index.js'
import { createThreads } from '../src/threads/index.js'
import { runIoWorker, runWorker } from '../src/worker/index.js'
import { idleTask, kernelWith, outcomeOf, pipeEnds } from './support/kernel.js'

const nothing = () => 0
const odd = { trase: 1 } as object
const port = { post: () => undefined, listen: () => undefined }

/** What takes an object of options, by its name. */
const takers: Record<string, (task: Task, options: object) => unknown> = {
  spawn: (task, options) => task.spawn(nothing, options),
  'spawn of the kernel': (task, options) => task.kernel.spawn(nothing, options),
  run: (task, options) => task.kernel.run(nothing, options),
  fork: (task, options) => task.fork(nothing, options),
  clone: (task, options) => task.clone(nothing, options),
  exec: (task, options) => task.exec(nothing, options),
  setHandleRole: (task, options) => task.setHandleRole(0, options),
  readAsync: (task, options) => task.readAsync(0, new Uint8Array(1), options),
  writeAsync: (task, options) => task.writeAsync(1, new Uint8Array(1), options),
  readvAsync: (task, options) => task.readvAsync(0, [], options),
  writevAsync: (task, options) => task.writevAsync(1, [], options),
  wait: (task, options) => task.wait(undefined, options),
  listenAsync: (task, options) => task.listenAsync(2, 1, options),
  accept4Async: (task, options) => task.accept4Async(2, 0, options),
  connectAsync: (task, options) => task.connectAsync(2, 'a', options),
  sendAsync: (task, options) => task.sendAsync(2, new Uint8Array(1), 0, options),
  sendtoAsync: (task, options) => task.sendtoAsync(2, new Uint8Array(1), 0, 'a', options),
  recvAsync: (task, options) => task.recvAsync(2, new Uint8Array(1), 0, options),
  recvfromAsync: (task, options) => task.recvfromAsync(2, new Uint8Array(1), 0, options),
  createKernel: (_, options) => createKernel(options),
  createPresetKernel: (_, options) => createPresetKernel(options),
  createThreads: (_, options) => createThreads({ createWorker: () => undefined as never, ...options }),
  'createThreads, io': (_, options) =>
    createThreads({
      createWorker: () => undefined as never,
      io: { createWorker: () => undefined as never, domains: [], ...options },
    }),
  'createThreads, memory': (_, options) => createThreads({ createWorker: () => undefined as never, memory: options }),
  runWorker: (_, options) => {
    runWorker(options, port)
  },
  runIoWorker: (_, options) => {
    runIoWorker({ sockets: [], ...options }, port)
  },
  createSource: (_, options) => createSource('', options),
  createSink: (_, options) => createSink(() => undefined, options),
}

describe('an option that there is not', () => {
  for (const [name, take] of Object.entries(takers)) {
    it(`is refused by its name: ${name}`, async () => {
      const kernel = kernelWith()
      const task = idleTask({ stdin: createSource('x') }, kernel)
      task.socket(AF_UNIX, SOCK_STREAM)
      const before = kernel.lsof()
      const error = await outcomeOfError(() => take(task, odd))
      expect(String(error)).toMatch(/EINVAL: (options|options\.io|options\.memory|role)\.trase is no option here, only \w+/)
      expect(kernel.lsof()).toEqual(before)
    })
  }

  it('is refused also when nothing is given for it, or it is inherited', () => {
    const task = idleTask()
    expect(() => task.spawn(nothing, { argz: undefined } as object)).toThrow('options.argz')
    expect(() => task.spawn(nothing, Object.create({ argz: 1 }) as object)).toThrow('options.argz')
    expect(() => task.fork(nothing, { files: true } as object)).toThrow('options.files')
  })

  it('is refused before what is given is used, which is let go', async () => {
    const kernel = kernelWith()
    const { reader, writer, counts } = pipeEnds()
    expect(() => kernel.spawn(nothing, { stdin: reader, ...odd })).toThrow('options.trase')
    expect(await outcomeOf(kernel.run(nothing, { input: writer, ...odd }))).toBe('EINVAL')
    expect(counts()).toEqual([0, 0])
  })
})

describe('an option of the wrong sort', () => {
  const starters: Record<string, (task: Task, options: never) => unknown> = {
    spawn: (task, options) => task.spawn(nothing, options),
    'spawn of the kernel': (task, options) => task.kernel.spawn(nothing, options),
    run: (task, options) => task.kernel.run(nothing, options),
    fork: (task, options) => task.fork(nothing, options),
    clone: (task, options) => task.clone(nothing, options),
    exec: (task, options) => task.exec(nothing, options),
  }
  const wrong: Record<string, { readonly of: readonly string[]; readonly values: readonly unknown[] }> = {
    worker: { of: Object.keys(starters), values: [null, 0, 1, 'true', []] },
    files: { of: ['clone'], values: [null, 0, 1, 'true', []] },
    args: { of: Object.keys(starters), values: [null, 5, 'x', {}, { 0: 'x' }, new Map(), new Set(['x'])] },
    env: { of: ['spawn', 'spawn of the kernel', 'run', 'exec'], values: [null, 5, 'x', [], ['A=x'], new Map([['A', 'x']])] },
    cwd: { of: ['spawn', 'spawn of the kernel', 'run'], values: [null, 5, []] },
    limits: { of: ['spawn of the kernel', 'run'], values: [null, 5, [], new Map()] },
    handles: { of: ['spawn', 'spawn of the kernel'], values: [null, 5, 'x', new Map([[3, null]])] },
  }
  for (const [option, { of, values }] of Object.entries(wrong)) {
    it.each(of)(`is refused by its name: ${option} of %s`, async (starter) => {
      const kernel = kernelWith()
      const task = idleTask({ stdin: createSource('x') }, kernel)
      const before = kernel.lsof()
      for (const value of values) {
        expect(String(await outcomeOfError(() => starters[starter]!(task, { [option]: value } as never)))).toContain(
          `EINVAL: options.${option} must be `,
        )
      }
      expect(kernel.lsof()).toEqual(before)
    })
  }

  for (const [name, take] of Object.entries(takers)) {
    const [argument] = /^\w+, (\w+)$/.exec(name) ?? []
    if (argument !== undefined || name === 'createThreads' || name === 'runIoWorker') continue
    it(`is a list, or another iterable, instead of options: ${name}`, async () => {
      const kernel = kernelWith()
      const task = idleTask({ stdin: createSource('x') }, kernel)
      task.socket(AF_UNIX, SOCK_STREAM)
      const before = kernel.lsof()
      for (const options of [[], ['x'], new Map(), new Uint8Array(1)]) {
        expect(String(await outcomeOfError(() => take(task, options)))).toMatch(
          /EINVAL: (options|role) must be an object with named fields, got/,
        )
      }
      expect(kernel.lsof()).toEqual(before)
    })
  }

  it.each([
    ['createKernel', 'threads', createKernel, [null, 5, {}, nothing]],
    ['createKernel', 'root', createKernel, [null, 5, {}, nothing]],
    ['createKernel', 'kinds', createKernel, [null, 5, {}]],
    ['createKernel', 'sockets', createKernel, [null, 5, {}, [5]]],
    ['createPresetKernel', 'tree', createPresetKernel, [null, 5, {}, nothing]],
    ['createPresetKernel', 'kinds', createPresetKernel, [null, 5, {}, 'x', new Set()]],
    ['createPresetKernel', 'sockets', createPresetKernel, [null, 5, {}, 'x', new Set()]],
    ['createSource', 'keepOpen', (options: object) => createSource('', options), [null, 1, 'x']],
    ['createSink', 'keepOpen', (options: object) => createSink(nothing, options), [null, 1, 'x']],
    ['runWorker', 'kinds', (options: object) => runWorker(options, port), [null, 5, {}, 'x']],
    ['runWorker', 'pipe', (options: object) => runWorker(options, port), [null, 5, {}]],
    ['runWorker', 'programs', (options: object) => runWorker(options, port), [null, 5, [nothing], new Map()]],
    ['runIoWorker', 'kinds', (options: object) => runIoWorker({ sockets: [], ...options }, port), [null, 5, {}, 'x']],
  ] as [string, string, (options: object) => unknown, unknown[]][])(
    'is refused by its name: %s, %s',
    (_, option, take, values) => {
      for (const value of values) expect(() => take({ [option]: value })).toThrow(new RegExp(`EINVAL: (options\\.)?${option}`))
    },
  )

  const half = { aborted: false, addEventListener: () => undefined }
  it.each(['run', ...Object.keys(takers).filter((name) => name.endsWith('Async') || name === 'wait')])(
    'is a signal that is no AbortSignal: %s',
    async (name) => {
      const kernel = kernelWith()
      const task = idleTask({ stdin: createSource('x') }, kernel)
      task.socket(AF_UNIX, SOCK_STREAM)
      const before = kernel.lsof()
      for (const signal of [null, 5, {}, new EventTarget(), half, { ...half, removeEventListener: nothing }]) {
        expect(String(await outcomeOfError(() => takers[name]!(task, { signal })))).toContain(
          'EINVAL: options.signal must be an AbortSignal, got ',
        )
      }
      expect(kernel.lsof()).toEqual(before)
    },
  )
})

describe('the arguments of a forked task', () => {
  it('are its parent’s, or those that it is given', async () => {
    const seen: unknown[] = []
    const { error } = await kernelWith().run(
      async (task) => {
        const look = (child: Task) => void seen.push(child.args)
        for (const make of ['fork', 'clone'] as const) {
          await task.wait(task[make](async (it) => look(it)))
          await task.wait(task[make](async (it) => look(it), { args: ['x', 'y'] }))
          await task.wait(task[make](async (it) => look(it), { args: [] }))
        }
      },
      { args: ['own'] },
    )
    expect(error).toBeUndefined()
    expect(seen).toEqual([['own'], ['x', 'y'], [], ['own'], ['x', 'y'], []])
  })

  it('are texts, or nothing is forked', () => {
    const task = idleTask()
    for (const args of ['x', [1], ['a\0'], 5, Array(1)])
      expect(() => task.fork(nothing, { args } as never)).toThrow('options.args')
    expect(task.kernel.tasks()).toEqual([task])
  })
})

/** What a call throws, or its promise rejects with. */
async function outcomeOfError(call: () => unknown): Promise<unknown> {
  try {
    return await call()
  } catch (error) {
    return error
  }
}
