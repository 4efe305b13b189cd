import { CALL_LEVELS, CALL_WORDS, HEADER_WORDS, T_CALLS, THREAD_WORDS } from '../words/layout.js'

/*
 * A call that travels has an entry of its caller's, whose first word says how far it has come, which thread is to answer
 * it, and which of the calls of this entry it is, its turn. Each step is one compare-and-swap of that word:
 *
 *   IDLE → PENDING           the caller, when all else in the entry is written
 *   PENDING → EXECUTING      the home, which has read the entry before, and looks at nothing but its first word from then on
 *   EXECUTING → DONE         the home, when its answer is written
 *   PENDING, EXECUTING → FAILED   the cleaner of the home's number; the home, if it cannot answer
 *   PENDING, EXECUTING, DONE, FAILED → IDLE   the caller, or the cleaner of the caller's number
 *
 * An entry becomes IDLE in one way only, with its next turn. So the caller gives up on a call whenever it likes, and the
 * entry is free for the next one at once: a home that is late finds another turn, and what the call used, its block, is
 * the home's since then. Its number's next owner inherits a turn, and nothing else.
 */
export const IDLE = 0
export const PENDING = 1
export const EXECUTING = 2
export const DONE = 3
export const FAILED = 4

const STATE_BITS = 0xf
const HOME_SHIFT = 4
const HOME_BITS = 0xfff
const TURN_SHIFT = 16

/** The state; above it the number of the home and 1; above that the turn. */
export const C_STATE = 0
/** The object that is called, and which one it is: its record may serve another one by then. */
export const C_RECORD = 1
export const C_ID = 2
/** Which of the methods of its kind. */
export const C_METHOD = 3
/** The pages with the arguments, and then the answer: the caller's, and the home's once the caller has given up. */
export const C_BLOCK = 4

/** Where the entry of a thread's call is, at a level of calls within calls. */
export function entryOf(thread: number, level: number): number {
  return HEADER_WORDS + thread * THREAD_WORDS + T_CALLS + level * CALL_WORDS
}

/** Every level that there is. */
export const LEVELS: readonly number[] = Array.from({ length: CALL_LEVELS }, (_, level) => level)

/** The state in the first word of an entry. */
export function stateOf(word: number): number {
  return word & STATE_BITS
}

/** The home in the first word of an entry; −1 for none. */
export function homeOf(word: number): number {
  return ((word >>> HOME_SHIFT) & HOME_BITS) - 1
}

/** The first word of the same call in another state. */
export function inState(word: number, state: number): number {
  return (word & ~STATE_BITS) | state
}

/** Has a home look at an idle entry of this thread, in which all else is written. */
export function begin(words: Int32Array, entry: number, home: number): void {
  const word = (Atomics.load(words, entry + C_STATE) & (-1 << TURN_SHIFT)) | ((home + 1) << HOME_SHIFT) | PENDING
  Atomics.store(words, entry + C_STATE, word)
}

/** Steps a call to another state; false if it is no longer in the state that `word` says. */
export function step(words: Int32Array, entry: number, word: number, to: number): boolean {
  return Atomics.compareExchange(words, entry + C_STATE, word, inState(word, to)) === word
}

/** Makes an entry idle; false if its call is no longer in the state that `word` says. */
export function end(words: Int32Array, entry: number, word: number): boolean {
  return Atomics.compareExchange(words, entry + C_STATE, word, ended(word)) === word
}

/** The first word of an entry whose call has ended. */
export function ended(word: number): number {
  return ((word >>> TURN_SHIFT) + 1) << TURN_SHIFT
}

/** Makes all entries of a number idle, whatever stands in them: another thread is about to have it. */
export function resetEntries(words: Int32Array, thread: number): void {
  for (const level of LEVELS) {
    const entry = entryOf(thread, level)
    const word = Atomics.load(words, entry + C_STATE)
    if (stateOf(word) !== IDLE) Atomics.store(words, entry + C_STATE, ended(word))
  }
}
