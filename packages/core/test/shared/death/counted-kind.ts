import { defineKind } from '@ht/core'
import type { SharedMemory } from '@ht/core/shared'

/*
 * Kinds whose objects come in any number: what happens to all of them is counted in a few words, whose address is each
 * object's first own word. Its second one counts its releases.
 */

/** Words of the counts. */
export const OPENED = 0
const CLONED = 1
const DROPPED = 2
export const RELEASED_ONCE = 3
export const RELEASED_AGAIN = 4
export const COUNT_WORDS = 8

interface Counted {
  readonly words: Int32Array
  readonly at: number
}

const shared = { attach: ({ words }: SharedMemory, at: number): Counted => ({ words, at }) }

/** One that is told of holders, and one that is not. */
export const countedKinds = [
  defineKind<Counted>({ name: 'counted', shared, release: ({ state }) => { countRelease(state) } }),
  defineKind<Counted>({
    name: 'counted-and-told',
    shared,
    cloneForDup: ({ state }) => { count(state, CLONED) },
    dropHolder: ({ state }) => { count(state, DROPPED) },
    release: ({ state }) => { countRelease(state) },
  }),
]

function countRelease(state: Counted): void {
  const before = Atomics.add(state.words, state.at + 1, 1)
  count(state, before === 0 ? RELEASED_ONCE : RELEASED_AGAIN)
}

function count({ words, at }: Counted, what: number): void {
  Atomics.add(words, (words[at] as number) + what, 1)
}
