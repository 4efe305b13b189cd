import { CALL_LEVELS, CALL_WORDS, HEADER_WORDS, T_CALLS, THREAD_WORDS } from '../layout.js'

/*
 * A call that travels has an entry of its caller's, whose first word says how far it has come and which thread is
 * to answer it. Each step is one compare-and-swap of that word:
 *
 *   IDLE → PENDING           the caller, when all else in the entry is written
 *   PENDING → EXECUTING      the home; what the entry names is the home's to use from here on
 *   EXECUTING → DONE         the home, when its answer is written
 *   DONE, FAILED → IDLE      the caller, when it has read the answer
 *   PENDING, EXECUTING → FAILED   whoever cleans up after the home
 *   PENDING → IDLE           the caller, or who cleans up after it: nobody has looked at it yet
 *   EXECUTING → ABANDONED    the same: the home gives back what is left, then ABANDONED → IDLE
 */
export const IDLE = 0
export const PENDING = 1
export const EXECUTING = 2
export const DONE = 3
export const FAILED = 4
export const ABANDONED = 5

/** The state, and above it the number of the home and 1. */
export const C_STATE = 0
/** The object that is called, and which one it is: its record may serve another one by then. */
export const C_RECORD = 1
export const C_ID = 2
/** Which of the methods of its kind. */
export const C_METHOD = 3
/** The pages with the arguments. The caller's; nobody's, and so the home's to free, when it is ABANDONED. */
export const C_BLOCK = 4
/** More pages, if the answer did not fit there; in DONE and FAILED the caller's to free, in ABANDONED the home's. */
export const C_ANSWER = 5
/** In DONE: an object that was the answer, and what is counted of it, which no thread's row has. */
export const C_RESULT = 6
export const C_COUNT = 7

/** Where the entry of a thread's call is, at a level of calls within calls. */
export function entryOf(thread: number, level: number): number {
  return HEADER_WORDS + thread * THREAD_WORDS + T_CALLS + level * CALL_WORDS
}

/** Every level that there is. */
export const LEVELS: readonly number[] = Array.from({ length: CALL_LEVELS }, (_, level) => level)

/** The first word of an entry. */
export function stateWith(state: number, home: number): number {
  return state | ((home + 1) << 8)
}

/** The state in the first word of an entry. */
export function stateOf(word: number): number {
  return word & 0xff
}

/** The home in the first word of an entry. */
export function homeOf(word: number): number {
  return (word >> 8) - 1
}

/** Steps an entry from one state to another; false when it is in another one. */
export function step(words: Int32Array, entry: number, home: number, from: number, to: number): boolean {
  const before = stateWith(from, home)
  return Atomics.compareExchange(words, entry + C_STATE, before, stateWith(to, home)) === before
}
