import { share } from '@ht/core/shared'
import { expectThread } from '../../../src/shared/thread/attach-memory.js'
import { cleanUp } from '../../../src/shared/thread/repair.js'
import { startThread } from '../../../../../tooling/threads/start.js'
import { Watch } from '../../../../../tooling/threads/watch.js'
import { HELD, OPEN } from './lab-ops.js'
import type { CallerGiven } from './caller-thread.js'
import type { HandleTable } from '@ht/core'
import type { Worker } from 'node:worker_threads'
import type { SharedMemory } from '../../../src/shared/thread/memory.js'

/** A thread of a test, cleaned up after when it has ended, however it does. */
export interface TestThread {
  readonly worker: Worker
  /** What it says. */
  readonly watch: Watch
  /** Its number in the memory. */
  readonly thread: number
  /** When it has ended and is cleaned up after. */
  readonly ended: Promise<unknown>
}

/** A thread with an object at home in it. */
export interface TestHome extends TestThread {
  /** The handle of the object in the table. */
  readonly handle: number
}

/** Starts a thread that attaches to a table. */
function startAttached(memory: SharedMemory, table: HandleTable, module: string, given: object): TestThread {
  const thread = expectThread(memory)
  const worker = startThread(new URL(module, import.meta.url), { token: share(table, thread), ...given })
  const watch = new Watch(worker)
  const ended = watch.exited.then(() => {
    cleanUp(memory, thread)
  })
  return { worker, watch, thread, ended }
}

/** How long the thread that serves waits for an answer: more than a busy machine takes. */
export const PATIENCE_MS = 600_000

/** Starts a home, and waits until its object is in the table. */
export async function startHome(memory: SharedMemory, table: HandleTable, gate = newGate(), stop?: string): Promise<TestHome> {
  memory.callPatience.most = PATIENCE_MS
  const started = startAttached(memory, table, './home-thread.ts', { gate, stop })
  return { ...started, handle: (await started.watch.next()) as number }
}

/** Has a home end by itself. */
export async function endHome({ worker, ended }: TestThread): Promise<void> {
  worker.postMessage('end')
  await ended
}

export function newGate(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(8))
}

/** Starts a thread that does something with the object of a handle: its answer, once there is one. */
export function startCaller(
  memory: SharedMemory,
  table: HandleTable,
  given: Omit<CallerGiven, 'token'>,
): TestThread & { answer: Promise<unknown> } {
  const started = startAttached(memory, table, './caller-thread.ts', given)
  return { ...started, answer: started.watch.next() }
}

/** Waits, without blocking, until so many calls are held at a gate. */
export async function untilHeld(gate: Int32Array, calls: number): Promise<void> {
  for (;;) {
    const held = Atomics.load(gate, HELD)
    if (held >= calls) return
    const { async, value } = Atomics.waitAsync(gate, HELD, held)
    if (async) await value
  }
}

/** Lets the calls at a gate go on. */
export function openGate(gate: Int32Array): void {
  Atomics.store(gate, OPEN, 1)
  Atomics.notify(gate, OPEN)
}
