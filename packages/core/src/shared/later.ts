import { isLockBusy } from './lock.js'

/** How soon what was put off is tried again, in ms, if nothing tells of an end before that. */
const AGAIN_MS = 5

/**
 * What a thread could not do for a lock that another one holds, and must not lose: pages and records to give back,
 * objects to release. It is done once a thread that has ended is cleaned up after, or a little later.
 */
export class Later {
  #work: (() => void)[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  /** How much there is to do. */
  get size(): number {
    return this.#work.length
  }

  /** Does something as soon as it can be done. It throws what {@link isLockBusy} says while it cannot. */
  add(work: () => void): void {
    this.#work.push(work)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.run()
    }, AGAIN_MS)
    // It is no reason for a process to stay: its memory goes with it.
    ;(this.#timer as { unref?(): void }).unref?.()
  }

  /** Tries all of it. */
  run(): void {
    const work = this.#work
    this.#work = []
    for (const each of work) {
      try {
        each()
      } catch (error) {
        // Errors of what is released late are nobody's.
        if (isLockBusy(error)) this.add(each)
      }
    }
  }
}
