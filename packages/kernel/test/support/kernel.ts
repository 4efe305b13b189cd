import { openObjectOf, type KernelObject } from '@ht/core'
import { createMemoryTree, memoryKinds, type MemoryTree } from '@ht/file/memory'
import { createPipe, pipeKind } from '@ht/pipe'
import { createLocalSockets, localSocketKind } from '@ht/socket'
import { afterEach, expect } from 'vitest'
import {
  createKernel,
  type Kernel,
  type Child,
  type KernelOptions,
  type Program,
  type SpawnOptions,
  type Task,
} from '../../src/index.js'

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
/** Lets everything happen that is about to. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const kernels: Kernel[] = []

/** A kernel with pipes, local sockets and a tree, which the end of the test closes. */
export function kernelWith(options: Partial<KernelOptions> = {}, tree: MemoryTree = createMemoryTree()): Kernel {
  const kernel = createKernel({
    kinds: [pipeKind, localSocketKind, ...memoryKinds],
    root: tree.root(),
    pipe: createPipe,
    sockets: [createLocalSockets()],
    ...options,
  })
  kernels.push(kernel)
  return kernel
}

afterEach(() => {
  for (const kernel of kernels.splice(0)) kernel.close()
})

/** A task whose program waits for its end, for tests that make calls themselves. */
export function idleTask(options: SpawnOptions = {}, kernel = kernelWith()): Task {
  return kernel.spawn(untilEnd, options)
}

/** Starts children, as the tasks whose calls their programs would make: for tests that make them in their place. */
export function acting(parent: Task) {
  const of = ({ id }: Child) => parent.kernel.task(id)!
  return {
    spawn: (...args: Parameters<Task['spawn']>) => of(parent.spawn(...args)),
    fork: (...args: Parameters<Task['fork']>) => of(parent.fork(...args)),
    clone: (...args: Parameters<Task['clone']>) => of(parent.clone(...args)),
  }
}

export const untilEnd: Program = (task) =>
  new Promise<number>((resolve) => {
    task.signal.addEventListener('abort', () => {
      resolve(0)
    })
  })

/** The code of what a call throws, or what it gives. */
export function outcome(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return (error as { code?: string }).code ?? error
  }
}

/** {@link outcome} of a promise. */
export async function outcomeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise
  } catch (error) {
    return (error as { code?: unknown }).code ?? error
  }
}

/** Both ends of a pipe, as the objects and their counts. */
export function pipeEnds(): { reader: KernelObject; writer: KernelObject; counts: () => number[] } {
  const { reader, writer } = createPipe()
  const opens = [openObjectOf(reader), openObjectOf(writer)]
  return { reader, writer, counts: () => opens.map(({ references }) => references) }
}

/** What a call leaves behind that must leave nothing: handles, holders and references, before and after. */
export function expectUnchanged(kernel: Kernel, calls: () => void): void {
  const before = kernel.lsof()
  calls()
  expect(kernel.lsof()).toEqual(before)
}
