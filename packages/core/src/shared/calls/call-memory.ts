import type { KindDescription } from '../kinds/kind-description.js'
import type { HomeMemory } from '../objects/homed-object.js'
import type { ObjectKinds } from '../objects/shared-object.js'
import type { Waits } from '../waits/doorbell.js'
import type { LockPatience } from '../words/lock-patience.js'

/** What calls between threads need of the memory, beside its words and objects. */
export interface CallMemory extends HomeMemory {
  readonly waits: Waits
  readonly bindings: ObjectKinds & { description(number: number): KindDescription }
  /**
   * For how long the thread that serves waits for answers of homes: a program's may be computing, or hostile, and only this
   * thread could learn of its death. A thread that may not sleep waits no longer either.
   */
  readonly callPatience: LockPatience
  /** Threads that are homes and run no program: they come to answer. */
  readonly steady: ReadonlySet<number>
  /** For how long the thread that serves waits for an answer of one of those, in ms. */
  readonly patienceMs: number
}
