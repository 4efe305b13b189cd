/**
 * Shared memory, as far as core uses it. It is always a `SharedMemory` of `@ht/core/shared`, so a kind that needs more
 * of it declares that type: `attach(memory: SharedMemory, at) { … }`.
 */
export interface MemoryView {
  readonly words: Int32Array
  /** The same memory as {@link words}. */
  readonly bytes: Uint8Array
}

/**
 * How a kind's objects live in shared memory. All their state is there, and each thread that uses an object makes its
 * own view of it. `@ht/core/shared` makes such objects. Any thread may run their hooks. If a thread dies during
 * `release`, another thread runs it again; `dropHolder`, which has nothing to count here, may then be called once more
 * than holders have gone.
 */
export interface SharedHooks<S> {
  /**
   * Makes this thread's state for an object, whose own twelve words begin at this address of the memory's words. It
   * does nothing else, since it may be called under a table's lock.
   */
  attach(memory: MemoryView, at: number): S
  /**
   * The addresses of the locks (`acquire`) in an object's own words or pages, so that they are opened if their holder
   * dies. It only reads words.
   */
  locks?(memory: MemoryView, at: number): readonly number[]
  /** Whether `release` runs only in the thread that serves. If not, it runs in the thread that dropped the last reference. */
  readonly releasedByServer?: boolean
}
