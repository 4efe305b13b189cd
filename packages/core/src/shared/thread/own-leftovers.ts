import { LOCKS } from '../words/layout.js'
import { holderOf } from '../words/lock.js'
import { openLock } from './open-lock.js'
import { settleDeferred, type ObjectMemory } from '../objects/shared-object.js'
import type { Words } from '../words/words.js'

/**
 * Gives up what this thread holds though no frame of it does: an error came where none may, such as the end of the
 * stack. What the locks guard is made anew, as after a death. To be called where the thread is known to be in no
 * region: at the begin of a turn of its event loop, or when it takes a lock that it holds.
 */
export function settleOwn(memory: Words): void {
  const { words, locksAt, thread } = memory
  for (let i = LOCKS - 1; i >= 0; i--) {
    const lock = words[locksAt + i]!
    if (lock !== 0 && holderOf(words, lock) === thread) openLock(memory, lock)
    words[locksAt + i] = 0
  }
  memory.locksHeld = 0
}

/** The same for borrows, and locks, at the begin of a turn; and releases what such a borrow alone was in the way of. */
export function settleTurn(memory: ObjectMemory): void {
  memory.worksFor = memory.thread
  if (memory.locksHeld !== 0) settleOwn(memory)
  if (memory.hazards !== 0) {
    memory.words.fill(0, memory.hazardsAt, memory.hazardsAt + memory.hazards)
    memory.hazards = 0
  }
  if (memory.deferred.length > 0) settleDeferred(memory)
}
