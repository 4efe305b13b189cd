import { isLockBusy, lockBusy } from './lock-busy.js'

/** How soon what was put off is tried again, in ms, if nothing tells of an end before that. */
const AGAIN_MS = 5

/**
 * What a thread could not do for a lock that another one holds, and must not lose: pages and records to give back,
 * objects to release. It is done once a thread that has ended is cleaned up after, or a little later.
 */
export class Later {
  #work: (() => void)[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #hasEnded = false

  /** How much there is to do. */
  get size(): number {
    return this.#work.length
  }

  /**
   * Does something as soon as it can be done. It throws what {@link isLockBusy} says while it cannot. A thread that has left
   * does nothing more: its number may be another one's.
   */
  add(work: () => void): void {
    if (this.#hasEnded) return
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
        // Errors of what is released late are dropped.
        if (isLockBusy(error)) this.add(each)
      }
    }
  }

  /** Does all of it. @throws EAGAIN while something cannot be done */
  finish(): void {
    this.run()
    if (this.size > 0) throw lockBusy('another thread holds a lock of shared memory, and may be ending: try again')
  }

  /** Does nothing from now on: this thread has left the memory. */
  end(): void {
    this.#hasEnded = true
    this.#work = []
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
