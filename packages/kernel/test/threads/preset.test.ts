import { afterEach, describe, expect, it } from 'vitest'
import { createMemoryTree } from '@ht/file/memory'
import { createPresetKernel } from '@ht/kernel/preset'
import { createThreads } from '@ht/kernel/threads'
import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
import { startThread } from '../../../../tooling/threads/start.js'
import type { Kernel } from '@ht/kernel'

const createWorker = () => startThread(new URL('./preset-worker.ts', import.meta.url), undefined)
const kernels: Kernel[] = []

function kept(kernel: Kernel): Kernel {
  kernels.push(kernel)
  return kernel
}

afterEach(() => {
  for (const kernel of kernels.splice(0)) kernel.close()
})

function treeWithNote() {
  const tree = createMemoryTree()
  tree.writeFile('/note', 'from a file\n')
  return tree
}

describe('the preset with threads', () => {
  it.each([
    ['in the kernel’s thread', undefined],
    ['in shared memory', createSharedPipe],
  ])('runs programs in workers on its files, and pipes that are %s', async (_, pipe) => {
    const threads = createThreads({ createWorker, ...(pipe && { pipe }) })
    const kernel = kept(createPresetKernel({ tree: treeWithNote(), threads, ...(pipe && { kinds: [sharedPipeKind] }) }))
    const { error, text } = await kernel.run('pipeline', { worker: true })
    expect([error, text]).toEqual([undefined, 'FROM A FILE\n'])
  })

  it('takes a stream as the input of a program in a worker', async () => {
    const kernel = kept(createPresetKernel({ threads: createThreads({ createWorker }) }))
    const input = new Response('hello '.repeat(50_000)).body!
    const { error, text } = await kernel.run('shout', { worker: true, input })
    expect([error, text]).toEqual([undefined, 'HELLO '.repeat(50_000)])
  })

  it('limits what its programs may use, as its options say', async () => {
    const kernel = kept(createPresetKernel({ limits: { tasks: 2 } }))
    const { error, text } = await kernel.run((task) => {
      const untilEnd = () => new Promise<number>(() => undefined)
      task.spawn(untilEnd)
      expect(() => task.spawn(untilEnd)).toThrow(expect.objectContaining({ code: 'EAGAIN' }))
      task.write(1, new TextEncoder().encode('refused'))
      return 0
    })
    expect([error, text]).toEqual([undefined, 'refused'])
    expect(() => createPresetKernel({ limits: { tasks: 0 } })).toThrow('options.limits.tasks must be an integer from 1')
  })

  it('refuses threads whose pipes are of a kind that it has not', () => {
    const threads = createThreads({ createWorker, pipe: createSharedPipe })
    expect(() => createPresetKernel({ threads })).toThrow(
      /EINVAL: options.kinds must be a list that has the kind of the threads’ pipes/,
    )
  })
})
