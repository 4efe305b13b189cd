import { own, ownership } from '../words/pages.js'
import { pause } from '../words/pause.js'
import { DATA } from './ring-layout.js'
import type { Words } from '../words/words.js'

/**
 * Takes the pages from a ring that no thread uses any more: their address, 0 for none. This thread answers for them from the
 * moment that the ring has them no more, and has to free them.
 */
export function detachPages(memory: Words, at: number): number {
  const { words } = memory
  const data = words[at + DATA]!
  if (data === 0) return 0
  const run = ownership(memory, data)
  words[run.word] = run.mine
  words[at + DATA] = 0
  PAUSE: pause('ring: pages detached')
  return data
}

/** The ring answers for its pages from now on, if it has any. */
export function ownPages(memory: Words, at: number): void {
  const data = memory.words[at + DATA]!
  if (data !== 0) own(memory, data)
}
