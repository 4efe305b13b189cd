import { HEADER_WORDS, T_STATE, T_TURN, THREAD_WORDS, ATTACHED } from '../words/layout.js'
import { bequeath, free } from '../words/pages.js'
import { C_BLOCK, end } from './entry.js'
import type { Words } from '../words/words.js'

/*
 * The pages of a call. They begin with the answer, and the arguments stand behind it. What the home writes, it writes
 * here and never into the entry, which is the caller's and may serve another call by then.
 */

/** What sort of answer it is. */
export const B_SORT = 0
/** Of a text, its length and its address in bytes. A number is a double in the place of the address. */
export const B_LENGTH = 1
export const B_VALUE = 2
/** More pages, if a text did not fit here, which are this block's; 0 for none. */
export const B_MORE = 4
/** An object that is the answer, and what is counted of it, which is in no thread's row while the call is DONE. */
export const B_RESULT = 5
export const B_COUNT = 6
/** Where the arguments begin, in bytes. */
export const START = 32

/** Makes a block's answer none. */
export function clearAnswer({ words }: Words, block: number): void {
  words.fill(0, block, block + START / 4)
}

/**
 * Gives up on a call that its home executes, for a caller that lives or is dead: its block is the home's then, which
 * frees it, or whose death does. False if there is an answer after all.
 */
export function abandon(memory: Words, entry: number, word: number, caller: number, home: number): boolean {
  const { words } = memory
  const block = words[entry + C_BLOCK]!
  const at = HEADER_WORDS + home * THREAD_WORDS
  const turn = words[at + T_TURN]
  if (!end(words, entry, word)) return false
  bequeath(memory, block, caller + 1, home + 1)
  // The home may have died meanwhile, and be cleaned up after already.
  const isThere = Atomics.load(words, at + T_STATE) === ATTACHED && words[at + T_TURN] === turn
  if (!isThere && bequeath(memory, block, home + 1, memory.self)) free(memory, block)
  return true
}
