import { defineKind } from '@ht/core'
import { ATTACHED, HEADER_WORDS, T_STATE, T_TURN, THREAD_WORDS } from '../../../src/shared/words/layout.js'
import type { SharedMemory } from '@ht/core/shared'

/*
 * Kinds whose objects come in any number: what happens to all of them is counted in a few words, whose address is each
 * object's first own word. Its second one counts its releases, and the next ones say which thread began the last of them, and in
 * which of its number's turns.
 */

/** Words of the counts. */
export const OPENED = 0
const CLONED = 1
const DROPPED = 2
export const RELEASED_ONCE = 3
/** Releases of what had been released, by a thread that was not to. */
export const RELEASED_WRONGLY = 4
/** Releases of what a thread had been releasing when it died. */
export const RELEASED_AGAIN = 5
export const COUNT_WORDS = 8

interface Counted {
  readonly words: Int32Array
  readonly at: number
  readonly thread: number
}

const shared = { attach: ({ words, thread }: SharedMemory, at: number): Counted => ({ words, at, thread }) }

/** One that is told of holders, and one that is not. */
export const countedKinds = [
  defineKind<Counted>({
    name: 'counted',
    shared,
    release: ({ state }) => {
      countRelease(state)
    },
  }),
  defineKind<Counted>({
    name: 'counted-and-told',
    shared,
    cloneForDup: ({ state }) => {
      count(state, CLONED)
    },
    dropHolder: ({ state }) => {
      count(state, DROPPED)
    },
    release: ({ state }) => {
      countRelease(state)
    },
  }),
]

function countRelease(state: Counted): void {
  const { words, at, thread } = state
  const turn = words[HEADER_WORDS + thread * THREAD_WORDS + T_TURN]!
  const first = HEADER_WORDS + words[at + 2]! * THREAD_WORDS
  const isAlive = words[first + T_STATE] === ATTACHED && words[first + T_TURN] === words[at + 3]
  const before = Atomics.add(words, at + 1, 1)
  words[at + 2] = thread
  words[at + 3] = turn
  count(state, before === 0 ? RELEASED_ONCE : isAlive ? RELEASED_WRONGLY : RELEASED_AGAIN)
}

function count({ words, at }: Counted, what: number): void {
  Atomics.add(words, words[at]! + what, 1)
}
