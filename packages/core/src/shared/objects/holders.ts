import { R_COUNT, R_OPERATIONS, R_OWN } from '../words/layout.js'
import type { Words } from '../words/words.js'

/**
 * The number of holders of an object, by the address of its own words, which `attach` was given. An operation that waits
 * without a handle counts as one. The result means nothing once the object may have been released: the kind has to track
 * that itself, and check it after this call.
 */
export function holdersOf({ words }: Words, own: number): number {
  const record = own - R_OWN
  // In this order: an operation that begins while there is a holder is seen, or the holder is.
  const holders = Atomics.load(words, record + R_COUNT) >>> 16
  return holders === 0 && Atomics.load(words, record + R_OPERATIONS) > 0 ? 1 : holders
}
