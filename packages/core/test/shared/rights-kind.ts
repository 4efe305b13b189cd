import { defineKind, type OpenObject } from '@ht/core'
import type { MemoryToken, SharedMemory, TableToken } from '@ht/core/shared'

/** What the threads are given: without looks to make, a thread changes what the number names. */
export interface RightsData {
  readonly memory: MemoryToken
  readonly token: TableToken
  readonly control: Int32Array
  readonly looks: number
  /** Whether JavaScript makes the steps that WebAssembly makes otherwise. */
  readonly steps: boolean
}

/** Words of the threads' own: whether all looks were made, and how often the number was changed. */
export const DONE = 0
export const ADVANCED = 1

/** The handles of both objects, and the number that comes to name the one and the other. */
export const READ_ONLY = 0
export const READ_WRITE = 1
export const AT = 2

/** A target of writes, which counts them. */
export interface Target {
  readonly memory: SharedMemory
  readonly at: number
  /** Whether there is a handle by which it can be written. */
  readonly isWritable: boolean
}

export const targetKind = defineKind<Target>({
  name: 'test-target',
  shared: { attach: (memory: SharedMemory, at) => ({ memory, at, isWritable: memory.words[at + 1] === 1 }) },
  describe: ({ state }) => (state.isWritable ? 'writable' : 'read-only'),
})

/** Writes to a target. */
export function mark(open: OpenObject): void {
  const { memory, at } = (open as OpenObject<Target>).state
  Atomics.add(memory.words, at, 1)
}

/** How often a target was written to. */
export function marks(open: OpenObject): number {
  const { memory, at } = (open as OpenObject<Target>).state
  return Atomics.load(memory.words, at)
}
