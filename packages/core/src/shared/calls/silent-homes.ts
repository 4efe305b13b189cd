import { markInbox, isInboxMarked } from './inbox.js'
import type { CallMemory } from './call-memory.js'

/**
 * Homes that have not answered this thread in time, and are not waited for again until they come to answer. Each has this
 * thread's bit in its inbox, which it takes when it looks at what others want of it.
 */
export class SilentHomes {
  readonly #memory: CallMemory
  /** Of each home, until when it is thought silent in any case, by `performance.now()`. */
  readonly #until = new Map<number, number>()

  constructor(memory: CallMemory) {
    this.#memory = memory
  }

  /** A home has not answered in time. */
  add(home: number): void {
    const memory = this.#memory
    this.#until.set(home, performance.now() + memory.patienceMs)
    markInbox(memory, home)
    memory.waits.ring(home)
  }

  /** A home has answered. */
  delete(home: number): void {
    this.#until.delete(home)
  }

  /** Whether a home has not come to answer since it was silent. */
  has(home: number): boolean {
    const until = this.#until.get(home)
    if (until === undefined) return false
    // The bit of a number that other threads share may be theirs.
    const isOver = this.#memory.sharesBits && performance.now() >= until
    if (!isOver && isInboxMarked(this.#memory, home)) return true
    this.#until.delete(home)
    return false
  }
}
