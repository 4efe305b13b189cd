import { HEADER_WORDS, QUEUE_BITS, T_INBOX, THREAD_WORDS } from '../words/layout.js'
import type { Words } from '../words/words.js'

/* A home's inbox has a bit for each thread that wants an answer. The home takes all bits before it looks at the calls. */

/** Has a home look at the calls of this thread, once it is rung. */
export function markInbox(memory: Words, home: number): void {
  Atomics.or(memory.words, inboxOf(memory, home), bitOf(memory))
}

/** Whether a home has not taken this thread's bit yet. */
export function isInboxMarked(memory: Words, home: number): boolean {
  return (Atomics.load(memory.words, inboxOf(memory, home)) & bitOf(memory)) !== 0
}

function inboxOf({ thread }: Words, home: number): number {
  return HEADER_WORDS + home * THREAD_WORDS + T_INBOX + ((thread & (QUEUE_BITS - 1)) >> 5)
}

function bitOf({ thread }: Words): number {
  return 1 << (thread & 31)
}
