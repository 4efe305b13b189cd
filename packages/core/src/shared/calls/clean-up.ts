import { dropHolder, dropReference, ignoringErrors } from '../../object/open-object.js'
import { H_THREADS, HOLDER } from '../layout.js'
import { objectAt } from '../object-at.js'
import { assign, free, NOBODY } from '../pages.js'
import { indexOf } from '../records.js'
import {
  ABANDONED,
  C_ANSWER,
  C_BLOCK,
  C_COUNT,
  C_RESULT,
  C_STATE,
  DONE,
  entryOf,
  EXECUTING,
  FAILED,
  homeOf,
  IDLE,
  LEVELS,
  PENDING,
  stateOf,
  stateWith,
  step,
} from './entry.js'
import type { SharedMemory } from '../memory.js'

/** Has every call that a thread made, or was to answer, come to an end: it runs no more. */
export function endCallsOf(memory: SharedMemory, dead: number): void {
  const { words } = memory
  const threads = Atomics.load(words, H_THREADS)
  for (const level of LEVELS) endCall(memory, entryOf(dead, level), dead)
  for (let caller = 0; caller < threads; caller++) {
    for (const level of LEVELS) {
      const entry = entryOf(caller, level)
      if (step(words, entry, dead, PENDING, FAILED) || step(words, entry, dead, EXECUTING, FAILED)) memory.waits.ring(caller)
      else if (words[entry + C_STATE] === stateWith(ABANDONED, dead)) freeAbandoned(memory, entry)
    }
  }
}

/** Gives back what an abandoned call leaves to its home. */
export function freeAbandoned(memory: SharedMemory, entry: number): void {
  const { words } = memory
  const answer = words[entry + C_ANSWER] as number
  words[entry + C_ANSWER] = 0
  if (answer !== 0) free(memory, answer)
  free(memory, words[entry + C_BLOCK] as number)
  Atomics.store(words, entry + C_STATE, IDLE)
}

/** Ends a call of a thread that runs no more. */
function endCall(memory: SharedMemory, entry: number, dead: number): void {
  const { words } = memory
  for (;;) {
    const word = Atomics.load(words, entry + C_STATE)
    const home = homeOf(word)
    switch (stateOf(word)) {
      case PENDING:
        if (step(words, entry, home, PENDING, IDLE)) return
        break
      case EXECUTING: {
        const block = words[entry + C_BLOCK] as number
        // Its home uses these pages, and frees them when it is done.
        assign(memory, block, NOBODY)
        if (step(words, entry, home, EXECUTING, ABANDONED)) return
        assign(memory, block, dead + 1)
        break
      }
      case DONE:
      case FAILED:
        takeUnread(memory, entry, word)
        return
      default:
        return
    }
  }
}

/** Gives back an answer that nobody has read. */
function takeUnread(memory: SharedMemory, entry: number, word: number): void {
  const { words } = memory
  const answer = words[entry + C_ANSWER] as number
  if (answer !== 0) free(memory, answer)
  const record = words[entry + C_RESULT] as number
  const count = stateOf(word) === DONE ? (words[entry + C_COUNT] as number) : 0
  if (count === 0) {
    Atomics.store(words, entry + C_STATE, IDLE)
    return
  }
  const row = memory.heldAt + indexOf(memory, record)
  Atomics.store(words, entry + C_STATE, IDLE)
  words[row] = (words[row] as number) + count
  const open = objectAt(memory, record)
  open.follow()
  ignoringErrors(count >= HOLDER ? dropHolder : dropReference, open)
}
