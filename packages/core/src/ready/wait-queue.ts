/**
 * The calls that wait for a change of readiness. Everything that can be waited for has a queue, and wakes it after
 * each change, when its own state is consistent again. Waking means "look again"; it does not say what is ready.
 * It costs one comparison if nothing waits.
 */
export class WaitQueue {
  #waiters: Set<() => void> | undefined

  /** Calls `wake` at each change, until the returned function is called. */
  add(wake: () => void): () => void {
    const waiters = (this.#waiters ??= new Set())
    // Each waiter is an entry of its own, also when two wait with one function.
    const entry = () => {
      wake()
    }
    waiters.add(entry)
    return () => {
      waiters.delete(entry)
      if (waiters.size === 0 && this.#waiters === waiters) this.#waiters = undefined
    }
  }

  /**
   * Calls everything that waits now. An error of one reaches neither the others nor the caller: it is thrown again when
   * the current work is done, like an event listener's error.
   */
  wake(): void {
    if (this.#waiters === undefined) return
    for (const waiter of [...this.#waiters]) {
      try {
        waiter()
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
