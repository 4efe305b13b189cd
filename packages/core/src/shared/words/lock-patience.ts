/**
 * For how long a thread that others depend on may still wait for locks, or for answers: 50 ms at once, and half of the time that has
 * passed since. So however many others keep it waiting, it is not kept from its work for longer.
 */
export class LockPatience {
  /** The most that it waits at once, in ms. */
  most = 50
  #spent = 0
  #since = 0

  /** How many ms are left now. */
  get left(): number {
    const now = performance.now()
    this.#spent = Math.max(0, this.#spent - (now - this.#since) / 2)
    this.#since = now
    return this.most - this.#spent
  }

  /** It has waited for this many ms. */
  spend(ms: number): void {
    this.#spent += ms
    this.#since = performance.now()
  }
}
