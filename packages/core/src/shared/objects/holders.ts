import { R_COUNT, R_OPERATIONS, R_OWN } from '../words/layout.js'
import type { Words } from '../words/words.js'

/**
 * How many holders an object has, by the address of its own words: what `attach` was given. An operation that
 * waits keeps the object open without a handle, and counts as one then. What comes back says nothing once the object
 * may have been released: the kind has to know of that by itself, and to look after this.
 */
export function holdersOf({ words }: Words, own: number): number {
  const record = own - R_OWN
  // In this order: an operation that begins while there is a holder is seen, or the holder is.
  const holders = Atomics.load(words, record + R_COUNT) >>> 16
  return holders === 0 && Atomics.load(words, record + R_OPERATIONS) > 0 ? 1 : holders
}
