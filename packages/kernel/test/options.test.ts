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
const takers: Record<string, (task: Task) => unknown> = {
  spawn: (task) => task.spawn(nothing, odd),
  'spawn of the kernel': (task) => task.kernel.spawn(nothing, odd),
  run: (task) => task.kernel.run(nothing, odd),
  fork: (task) => task.fork(nothing, odd),
  clone: (task) => task.clone(nothing, odd),
  exec: (task) => task.exec(nothing, odd),
  setHandleRole: (task) => task.setHandleRole(0, odd),
  readAsync: (task) => task.readAsync(0, new Uint8Array(1), odd),
  writeAsync: (task) => task.writeAsync(1, new Uint8Array(1), odd),
  readvAsync: (task) => task.readvAsync(0, [], odd),
  writevAsync: (task) => task.writevAsync(1, [], odd),
  wait: (task) => task.wait(undefined, odd),
  listenAsync: (task) => task.listenAsync(2, 1, odd),
  accept4Async: (task) => task.accept4Async(2, 0, odd),
  connectAsync: (task) => task.connectAsync(2, 'a', odd),
  sendAsync: (task) => task.sendAsync(2, new Uint8Array(1), 0, odd),
  sendtoAsync: (task) => task.sendtoAsync(2, new Uint8Array(1), 0, 'a', odd),
  recvAsync: (task) => task.recvAsync(2, new Uint8Array(1), 0, odd),
  recvfromAsync: (task) => task.recvfromAsync(2, new Uint8Array(1), 0, odd),
  createKernel: () => createKernel(odd),
  createPresetKernel: () => createPresetKernel(odd),
  createThreads: () => createThreads({ createWorker: () => undefined as never, ...odd }),
  'createThreads, io': () => createThreads({ createWorker: () => undefined as never, io: { createWorker: () => undefined as never, domains: [], ...odd } }),
  'createThreads, memory': () => createThreads({ createWorker: () => undefined as never, memory: odd }),
  runWorker: () => {
    runWorker(odd, port)
  },
  runIoWorker: () => {
    runIoWorker({ sockets: [], ...odd }, port)
  },
  createSource: () => createSource('', odd),
  createSink: () => createSink(() => undefined, odd),
}

describe('an option that there is not', () => {
  for (const [name, take] of Object.entries(takers)) {
    it(`is refused by its name: ${name}`, async () => {
      const kernel = kernelWith()
      const task = idleTask({ stdin: createSource('x') }, kernel)
      task.socket(AF_UNIX, SOCK_STREAM)
      const before = kernel.lsof()
      const error = await outcomeOfError(() => take(task))
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
    for (const args of ['x', [1], ['a\0'], 5]) expect(() => task.fork(nothing, { args } as never)).toThrow('options.args')
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
