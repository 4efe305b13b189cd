import { HEADER_WORDS, T_LIFELINE, T_LIFELINE_QUEUE, T_TURN, THREAD_WORDS } from '../words/layout.js'
import { memoryId } from '../words/words.js'
import type { SharedMemory } from './memory.js'

/** In the word of a thread's lifeline: the thread that expects this one wants it to hold its lock. */
export const WANTED = 1
/** It holds it, for as long as it lives. */
export const HELD = 2

/** The Web Locks of a page and its workers. */
interface Locks {
  request(name: string, granted: () => unknown): Promise<unknown>
}

/** The locks that this thread holds, or has asked for. */
const lifelines = new Map<string, Promise<void>>()

/**
 * The lock that a thread of a page holds for life: it is free again when the thread is no more. Settled when `granted`
 * has been called and what it gave has settled.
 *
 * @param turn which of the threads that had the number
 */
export function requestLifeline(words: Int32Array, thread: number, turn: number, granted: () => unknown): Promise<unknown> {
  const { navigator } = globalThis as { navigator?: { locks?: Locks } }
  // Every page that can have shared memory has locks.
  return navigator?.locks?.request(nameOf(words, thread, turn), granted) ?? Promise.resolve()
}

/** Takes the lock that tells of this thread's end, if the thread that expects it wants that. Settled when it is held. */
export async function takeLifeline(words: Int32Array, thread: number, turn: number): Promise<void> {
  if (Atomics.load(words, HEADER_WORDS + thread * THREAD_WORDS + T_LIFELINE) !== WANTED) return
  const name = nameOf(words, thread, turn)
  let held = lifelines.get(name)
  if (held === undefined) {
    held = new Promise((resolve, reject) => {
      requestLifeline(words, thread, turn, () => {
        resolve()
        return new Promise(() => undefined)
      }).catch(reject)
    })
    lifelines.set(name, held)
  }
  await held
}

/** The same for a thread that has attached; the thread that expected it is told. */
export async function holdLifeline({ words, thread, threadAt, waits }: SharedMemory): Promise<void> {
  if (Atomics.load(words, threadAt + T_LIFELINE) !== WANTED) return
  await takeLifeline(words, thread, words[threadAt + T_TURN]!)
  Atomics.store(words, threadAt + T_LIFELINE, HELD)
  waits.wake(threadAt + T_LIFELINE_QUEUE)
}

function nameOf(words: Int32Array, thread: number, turn: number): string {
  return `ht memory ${memoryId(words)} thread ${String(thread)} turn ${String(turn)}`
}
