/**
 * Those who wait for a change of readiness. A thing that can be waited for has one, and wakes it after
 * each change, when its own state is whole again. Waking says "look again", and nothing about what is
 * ready. With no waiter it costs one comparison.
 */
export class WaitQueue {
  #waiters: Set<() => void> | undefined

  /** Has `wake` called at each change, until the function that comes back is called. */
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
   * Calls everyone who waits now. What one of them throws reaches neither the others nor the caller, whose work is
   * done: it is thrown again when the current work is done, as an event listener's error is.
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
