import { afterEach, describe, expect, it } from 'vitest'
import { createKernel, type Kernel, type Limits, type RunOptions, type Task } from '@ht/kernel'
import { createThreads } from '@ht/kernel/threads'
import { createPipe, pipeKind } from '@ht/pipe'
import { bundled } from '../../../../tooling/threads/bundled.js'
import { startThread } from '../../../../tooling/threads/start.js'
import { outcome, outcomeOf, untilEnd } from '../support/kernel.js'

const programs = bundled(new URL('./hostile-programs.ts', import.meta.url))
const kernels: Kernel[] = []

function makeKernel(limits?: Limits): { kernel: Kernel; run(name: string, options?: RunOptions): Promise<unknown> } {
  const createWorker = () => startThread(new URL('./worker.ts', import.meta.url), undefined)
  const kernel = createKernel({
    kinds: [pipeKind],
    pipe: createPipe,
    threads: createThreads({ createWorker }),
    ...(limits && { limits }),
  })
  kernels.push(kernel)
  const run = async (name: string, options: RunOptions = {}) => {
    const { text, error } = await kernel.run(programs, { worker: true, name, timeoutMs: 60_000, ...options })
    if (error !== undefined) throw new Error(`${name} has failed`, { cause: error })
    return JSON.parse(text) as unknown
  }
  return { kernel, run }
}

afterEach(async () => {
  for (const kernel of kernels.splice(0)) await kernel.close()
})

describe('arguments and environment', () => {
  const idle = (options: object) =>
    outcome(() => makeKernel({ argumentBytes: 1000 }).kernel.spawn(untilEnd, { name: 'x', ...options }).ended ?? 'started')

  it('are E2BIG when their bytes, and 9 for each text, are more than the limit', () => {
    // The name takes 10.
    expect(idle({ args: ['x'.repeat(981)] })).toBe('started')
    expect(idle({ args: ['x'.repeat(982)] })).toBe('E2BIG')
    expect(idle({ args: Array<string>(110).fill('') })).toBe('started')
    expect(idle({ args: Array<string>(111).fill('') })).toBe('E2BIG')
    expect(idle({ env: { ['k'.repeat(486)]: 'x'.repeat(486) } })).toBe('started')
    expect(idle({ env: { ['k'.repeat(486)]: 'x'.repeat(487) } })).toBe('E2BIG')
  })

  it('count as UTF-8', () => {
    for (const [text, bytes] of [
      ['é', 2],
      ['€', 3],
      ['😀', 4],
    ] as const) {
      const most = Math.floor(981 / bytes)
      expect(idle({ args: [text.repeat(most)] }), text).toBe('started')
      expect(idle({ args: [text.repeat(most + 1)] }), text).toBe('E2BIG')
    }
  })

  it('may take 1 MiB if nothing else was said, and what `run` says', async () => {
    const { kernel } = makeKernel()
    const of = (bytes: number, limits?: Limits) =>
      outcomeOf(kernel.run(() => 0, { args: ['x'.repeat(bytes)], ...(limits && { limits }) }).then(({ status }) => status))
    expect(await of(1_000_000)).toBe(0)
    expect(await of(1_100_000)).toBe('E2BIG')
    expect(await of(1_100_000, { argumentBytes: 2e6 })).toBe(0)
    expect(await of(1000, { argumentBytes: 500 })).toBe('E2BIG')
  })

  it('are E2BIG in a worker, before its exec has changed anything', async () => {
    const { before, after, ...rest } = (await makeKernel().run('execsBadly', { args: [programs.href, '40000'] })) as Record<
      string,
      unknown
    >
    expect(rest).toEqual({ code: 'E2BIG', read: 1 })
    expect(after).toEqual(before)
  })

  it('are refused by the kernel, without being read, where a worker sends them all the same', async () => {
    expect(await makeKernel({ argumentBytes: 100_000 }).run('sendsTooMuch', { args: ['200000'] })).toEqual(['E2BIG', 'E2BIG'])
  })
})

describe('tasks', () => {
  it('of one program are limited, with all that it has started; EAGAIN comes to the caller', async () => {
    const { kernel } = makeKernel({ tasks: 4 })
    const result = await kernel.run(async (task) => {
      const children = [task.spawn(untilEnd), task.fork(untilEnd), task.clone(untilEnd)]
      for (const call of ['spawn', 'fork', 'clone'] as const) expect(outcome(() => task[call](untilEnd))).toBe('EAGAIN')
      task.kill(children[0]!.id, 'KILL')
      // Until it has been waited for it is one.
      expect(outcome(() => task.spawn(untilEnd))).toBe('EAGAIN')
      await task.wait(children[0])
      const grandchild = new Promise<unknown>((resolve) => {
        task.spawn((child) => {
          resolve(outcome(() => child.spawn(untilEnd)))
          return 0
        })
      })
      expect(await grandchild).toBe('EAGAIN')
      return 7
    })
    expect(result).toMatchObject({ status: 7, error: undefined })
    // Another program has its own, and nothing of the first one counts any more.
    const other = kernel.run((task) => [1, 2, 3].map(() => task.spawn(untilEnd)).length - 3)
    expect(await other).toMatchObject({ status: 0, error: undefined })
  })

  it('in workers are limited besides', async () => {
    const { kernel, run } = makeKernel({ threads: 3 })
    const seen = (await run('startsMany', { args: ['spawn'] })) as unknown[]
    expect(seen.slice(0, 2)).toEqual([2, 'EAGAIN'])
    const many = (await run('startsMany', { args: ['fork'], limits: { threads: 5 } })) as unknown[]
    expect(many.slice(0, 2)).toEqual([4, 'EAGAIN'])
    // What a function starts counts as well, and so does its own exec.
    const result = await kernel.run(async (task: Task) => {
      for (let i = 0; i < 3; i++) task.spawn(programs, { worker: true, name: 'waits' })
      return (await outcomeOf(task.exec(programs, { worker: true, name: 'quiet' }))) === 'EAGAIN' ? 5 : 6
    })
    expect(result).toMatchObject({ status: 5, error: undefined })
  })

  it('in workers are no more when several tasks execute a program at once', async () => {
    const { kernel } = makeKernel({ threads: 2 })
    const result = await kernel.run(async (task) => {
      const refused: number[] = []
      const children = [1, 2, 3, 4, 5].map(() =>
        task.fork(async (child) => {
          expect(await outcomeOf(child.exec(programs, { worker: true, name: 'waits' }))).toBe('EAGAIN')
          refused.push(child.id)
        }),
      )
      for (let i = 0; i < 3; i++) expect(await task.wait()).toMatchObject({ status: 0, error: undefined })
      for (const { id } of children) if (!refused.includes(id)) task.kill(id, 'KILL')
      for (let i = 0; i < 2; i++) expect(await task.wait()).toMatchObject({ signal: 'KILL' })
      return refused.length
    })
    expect(result).toMatchObject({ status: 3, error: undefined })
  })
})

describe('limits that are wrong', () => {
  it('are refused by name', () => {
    expect(() => createKernel({ limits: { tasks: 0 } })).toThrow('options.limits.tasks must be an integer from 1')
    expect(() => createKernel({ limits: { threads: 1.5 } })).toThrow('options.limits.threads')
    expect(() => createKernel({ limits: { pages: 5 } as never })).toThrow('options.limits.pages is no option here')
    expect(() => createKernel({ limits: null as never })).toThrow('options.limits must be an object')
    const { kernel } = makeKernel()
    const task = kernel.spawn(untilEnd)
    expect(() => task.spawn(untilEnd, { limits: { tasks: 5 } })).toThrow('options.limits must be left out')
  })
})
