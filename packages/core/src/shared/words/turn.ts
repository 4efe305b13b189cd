import { EXPECTED, H_THREADS, HEADER_WORDS, T_STATE, T_TURN, THREAD_WORDS, TURN_SHIFT } from './layout.js'
import type { Words } from './words.js'

/** Which of those that had a thread's number, one after the other, has it now. */
export function turnOf(words: Int32Array, thread: number): number {
  return words[HEADER_WORDS + thread * THREAD_WORDS + T_TURN]!
}

/**
 * The state of a thread that is expected. A worker of a page runs on for a moment after it was terminated: its turn
 * keeps it from attaching in place of the one that is expected next.
 */
export function expectedState(words: Int32Array, thread: number, turn = turnOf(words, thread)): number {
  return EXPECTED | (turn << TURN_SHIFT)
}

/** Whether a worker was started that is to have the number. */
export function isExpected(words: Int32Array, thread: number): boolean {
  return Atomics.load(words, HEADER_WORDS + thread * THREAD_WORDS + T_STATE) === expectedState(words, thread)
}

/** Every thread number that was ever taken is below it. */
export function threadsOf({ words, threadLimit }: Words): number {
  return Math.min(Atomics.load(words, H_THREADS) >>> 0, threadLimit)
}
