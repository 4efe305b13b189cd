import { HAZARDS, HEADER_WORDS, SLOT_RECORD, T_HAZARDS, T_HAZARDS_USED, THREAD_WORDS } from '../words/layout.js'
import { pause } from '../words/pause.js'
import { threadsOf } from '../words/turn.js'
import type { Words } from '../words/words.js'

/*
 * A borrow counts nothing: the thread writes the record into a hazard word of its own, and then looks once more
 * whether the slot is still the same. If so, the slot's reference was there after the word could be seen; and the thread
 * that drops the last reference looks through all hazard words before it releases. Both the word and the second look are
 * sequentially consistent, so one of the two always sees the other.
 */

/**
 * Protects the record that the word of a slot names, if the slot is still the same when that can be seen: not only its
 * object, also what its handle allows. A record may serve another object by then, of a handle with another mode.
 */
export function protect(memory: Words, slot: number, word: number): boolean {
  const { words, hazardsAt, hazards } = memory
  if (hazards >= memory.hazardsUsed) raiseUsed(memory)
  Atomics.store(words, hazardsAt + hazards, word & SLOT_RECORD)
  PAUSE: pause('borrow: published')
  if (Atomics.load(words, slot) !== word) {
    words[hazardsAt + hazards] = 0
    return false
  }
  memory.hazards = hazards + 1
  return true
}

/** Whether there is a hazard word left. */
export function canProtect(memory: Words): boolean {
  return memory.hazards < HAZARDS
}

/** Ends one protection of a record by this thread; false when there is none. */
export function unprotect(memory: Words, record: number): boolean {
  const { words, hazardsAt } = memory
  let top = memory.hazards - 1
  if (top === 0 && words[hazardsAt] === record) {
    words[hazardsAt] = 0
    memory.hazards = 0
    return true
  }
  for (let i = top; i >= 0; i--) {
    if (words[hazardsAt + i] !== record) continue
    // Words are never moved down: a thread that looks through them upwards would miss one that passes it.
    words[hazardsAt + i] = 0
    while (top >= 0 && words[hazardsAt + top] === 0) top--
    memory.hazards = top + 1
    return true
  }
  return false
}

/** Whether this thread protects a record. */
export function isProtectedHere({ words, hazardsAt, hazards }: Words, record: number): boolean {
  for (let i = 0; i < hazards; i++) if (words[hazardsAt + i] === record) return true
  return false
}

/** Whether another thread protects a record whose count is 0. */
export function isProtectedElsewhere(memory: Words, record: number): boolean {
  const { words, thread } = memory
  const threads = threadsOf(memory)
  for (let other = 0; other < threads; other++) {
    if (other === thread) continue
    const at = HEADER_WORDS + other * THREAD_WORDS
    const used = Atomics.load(words, at + T_HAZARDS_USED)
    for (let i = 0; i < used; i++) if (Atomics.load(words, at + T_HAZARDS + i) === record) return true
  }
  return false
}

/** Waits a little for the others to end their borrows of a record; whether they did. */
export function othersHaveEnded(memory: Words, record: number): boolean {
  for (let i = 0; i < PATIENCE; i++) if (!isProtectedElsewhere(memory, record)) return true
  return false
}

/** Looks, each of some 20 ns: a system call's borrow is over by then. */
const PATIENCE = 50

/** Before the word is written: a thread that looks through the words must not stop below it. */
function raiseUsed(memory: Words): void {
  memory.hazardsUsed = memory.hazards + 1
  Atomics.store(memory.words, memory.threadAt + T_HAZARDS_USED, memory.hazardsUsed)
}
