/**
 * Memory that threads share, as far as core knows of it. A kind that needs more of it says so, as the memory is always
 * the `SharedMemory` of `@ht/core/shared`: `attach(memory: SharedMemory, at) { … }`.
 */
export interface MemoryView {
  readonly words: Int32Array
  /** The same memory as {@link words}. */
  readonly bytes: Uint8Array
}

/**
 * How a kind's objects live in shared memory: all that they are stands in there, and each thread that meets one
 * makes its own view of it. `@ht/core/shared` makes such objects. Their hooks run in whichever thread comes to it;
 * a `release` that was cut by the death of its thread is run once more in another, and `dropHolder`, which has
 * nothing to count here, may be called once more than holders went.
 */
export interface SharedHooks<S> {
  /**
   * Makes a view and does nothing else, since it may be called under a table's lock: this thread's state for an
   * object, whose twelve words of its own begin at an address of the memory's words.
   */
  attach(memory: MemoryView, at: number): S
  /**
   * The addresses of the locks (`acquire`) that are in an object's own words, or in pages that it has, so that they
   * are opened when their holder has died. It looks at words, and does nothing else.
   */
  locks?(memory: MemoryView, at: number): readonly number[]
  /** Whether `release` runs only in the thread that serves, whichever dropped the last reference; else in that one. */
  readonly releasedByServer?: boolean
}
