import { dropHolder, dropReference, ignoringErrors } from '../../object/open-object.js'
import { HOLDER } from '../words/layout.js'
import { objectAt } from '../objects/object-at.js'
import { free, ownership } from '../words/pages.js'
import { indexOf } from '../objects/records.js'
import { threadsOf } from '../words/turn.js'
import { abandon, B_COUNT, B_MORE, B_RESULT } from './block.js'
import {
  C_BLOCK,
  C_STATE,
  DONE,
  end,
  ended,
  entryOf,
  EXECUTING,
  FAILED,
  homeOf,
  LEVELS,
  PENDING,
  stateOf,
  step,
} from './entry.js'
import type { CallMemory } from './call-memory.js'

/** Has every call that a thread made, or was to answer, come to an end: it runs no more. */
export function endCallsOf(memory: CallMemory, dead: number): void {
  for (const level of LEVELS) endCall(memory, entryOf(dead, level), dead)
  const threads = threadsOf(memory)
  for (let caller = 0; caller < threads; caller++) {
    for (const level of LEVELS) failCall(memory, entryOf(caller, level), caller, dead)
  }
}

/** Gives back the pages of an answer that did not fit into its block. */
export function freeMore(memory: CallMemory, block: number): void {
  const { words } = memory
  const more = words[block + B_MORE]!
  if (more === 0) return
  const { word, mine } = ownership(memory, more)
  words[block + B_MORE] = 0
  words[word] = mine
  free(memory, more)
}

/** Ends a call of a thread that runs no more. */
function endCall(memory: CallMemory, entry: number, dead: number): void {
  const { words } = memory
  for (;;) {
    const word = Atomics.load(words, entry + C_STATE)
    switch (stateOf(word)) {
      case PENDING:
        // Its block is still the dead thread's, and goes with what else that answered for.
        if (end(words, entry, word)) return
        break
      case EXECUTING:
        if (abandon(memory, entry, word, dead, homeOf(word))) return
        break
      case DONE:
      case FAILED:
        takeUnread(memory, entry, word)
        return
      default:
        return
    }
  }
}

/** Ends a call that a thread was to answer which runs no more. */
function failCall(memory: CallMemory, entry: number, caller: number, dead: number): void {
  const { words } = memory
  for (;;) {
    const word = Atomics.load(words, entry + C_STATE)
    const state = stateOf(word)
    if (homeOf(word) !== dead || (state !== PENDING && state !== EXECUTING)) return
    if (!step(words, entry, word, FAILED)) continue
    memory.waits.ring(caller)
    return
  }
}

/** Gives back an answer that was never read. */
function takeUnread(memory: CallMemory, entry: number, word: number): void {
  const { words } = memory
  const block = words[entry + C_BLOCK]!
  freeMore(memory, block)
  const record = words[block + B_RESULT]!
  const count = stateOf(word) === DONE ? words[block + B_COUNT]! : 0
  const row = memory.heldAt + indexOf(memory, record)
  const after = ended(word)
  Atomics.store(words, entry + C_STATE, after)
  if (count === 0) return
  words[row] = words[row]! + count
  const open = objectAt(memory, record)
  open.follow()
  ignoringErrors(count >= HOLDER ? dropHolder : dropReference, open)
}
