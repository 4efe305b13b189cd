import { WaitQueue } from '../../ready/wait-queue.js'
import { QUEUE_WORDS } from '../words/layout.js'
import type { WaitMemory } from './doorbell.js'

/** The threads that wait for a change of something shared: two words of its memory, 0 at first. */
export class SharedWaitQueue extends WaitQueue {
  /** How many words one takes. */
  static readonly words = QUEUE_WORDS

  readonly memory: WaitMemory
  /** The address of its words. */
  readonly at: number

  constructor(memory: WaitMemory, at: number) {
    super()
    this.memory = memory
    this.at = at
  }

  override add(wake: () => void): () => void {
    return this.memory.waits.listen(this.at, wake)
  }

  override wake(): void {
    this.memory.waits.wake(this.at)
  }
}
