import { resetEntries } from '../calls/entry.js'
import {
  H_ATTENTION,
  H_AWAKE,
  H_HELD,
  H_HELD_OPERATIONS,
  H_OBJECTS,
  HAZARDS,
  HEADER_WORDS,
  LOCKS,
  T_ACCOUNT,
  T_ATTENTION,
  T_AWAKE,
  T_HAZARDS,
  T_HAZARDS_USED,
  T_INBOX,
  T_LIFELINE,
  T_LOCKS,
  T_SIGNALS,
  THREAD_WORDS,
} from '../words/layout.js'

/**
 * Makes everything that stands in a thread's name as it is for a thread that has done nothing yet: when its number is
 * taken, whatever its last owner or a late one of its partners left there. Its state and its turn are the caller's.
 */
export function resetThread(words: Int32Array, thread: number): void {
  const objects = words[H_OBJECTS]!
  resetWords(words, thread)
  for (const rows of [H_HELD, H_HELD_OPERATIONS]) clearRow(words, words[rows]!, thread, objects)
  clearRow(words, words[H_ATTENTION]!, thread, Math.ceil(objects / 32))
}

/** {@link resetThread} for one whose rows were given back. */
export function resetWords(words: Int32Array, thread: number): void {
  const at = HEADER_WORDS + thread * THREAD_WORDS
  resetEntries(words, thread)
  words.fill(0, at + T_HAZARDS, at + T_HAZARDS + HAZARDS)
  words.fill(0, at + T_LOCKS, at + T_LOCKS + LOCKS)
  if (Atomics.exchange(words, at + T_AWAKE, 0) === 1) Atomics.sub(words, H_AWAKE, 1)
  for (const word of [T_HAZARDS_USED, T_INBOX, T_INBOX + 1, T_ATTENTION, T_SIGNALS, T_LIFELINE, T_ACCOUNT]) words[at + word] = 0
}

function clearRow(words: Int32Array, rows: number, thread: number, length: number): void {
  words.fill(0, rows + thread * length, rows + (thread + 1) * length)
}
