import { EAGAIN, EIO } from '../../errors/numbers.js'
import { ERR, HUP } from '../../ready/readiness.js'
import { AGAIN_MS, Caller, GONE } from './caller.js'
import { endCallsOf } from './clean-up.js'
import { Home } from './home.js'
import { isUnanswered } from './unanswered.js'
import { CLONE, DESCRIBE, FIRST_METHOD, HOOK_SIGNATURE, READINESS } from './methods.js'
import { HOME_ENDED } from '../kinds/kind-description.js'
import type { MethodSignature } from '../../kind/capability.js'
import type { CallMemory } from './call-memory.js'
import type { SharedObject } from '../objects/shared-object.js'

/** Calls of this thread into the homes of objects, and of others into this one. */
export class Calls {
  readonly memory: CallMemory
  readonly caller: Caller
  readonly home: Home
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(memory: CallMemory) {
    this.memory = memory
    this.caller = new Caller(memory)
    this.home = new Home(memory)
    memory.waits.serveCalls = () => {
      this.home.serve()
    }
  }

  /**
   * Calls a method of an object where it is at home: its answer; −EIO when the home has ended; −EAGAIN when a thread that must
   * not wait for long has no answer yet. Whatever waits for the object in this thread is to try again after a while then.
   *
   * @param index which one of its kind's methods, counted through the capabilities of its description
   * @throws what the method threw; EINVAL and EBADF for arguments; ENOMEM when there is no room for them; EDEADLK when
   *   calls within calls are too deep; ETIMEDOUT where a thread may not wait for ever
   */
  call(open: SharedObject, index: number, name: string, signature: MethodSignature, args: readonly unknown[]): unknown {
    const answer = this.#call(open, FIRST_METHOD + index, signature, args, name)
    return answer === GONE ? -EIO : answer === UNANSWERED ? -EAGAIN : answer
  }

  /** Asks the kind whether there may be one holder more. One that has lost its home is not asked. @throws as {@link call} */
  askToClone(open: SharedObject): void {
    this.#ask(open, CLONE, HOOK_SIGNATURE, [], 'dup')
  }

  /** The kind's line about an object. @throws as {@link call} */
  describe(open: SharedObject): string {
    const line = this.#ask(open, DESCRIBE, HOOK_SIGNATURE, [], 'describe')
    return line === GONE ? HOME_ENDED : (line as string)
  }

  /** The readiness of an object now, as far as it is known; its next change wakes those who wait. @throws as {@link call} */
  readiness(open: SharedObject): number {
    const bits = this.#call(open, READINESS, HOOK_SIGNATURE, [], 'poll')
    return bits === GONE ? HUP | ERR : bits === UNANSWERED ? 0 : (bits as number)
  }

  #call(open: SharedObject, method: number, signature: MethodSignature, args: readonly unknown[], name: string): unknown {
    open.isUnanswered = false
    try {
      return this.#ask(open, method, signature, args, name)
    } catch (error) {
      if (!isUnanswered(error)) throw error
      open.isUnanswered = true
      return UNANSWERED
    }
  }

  #ask(open: SharedObject, method: number, signature: MethodSignature, args: readonly unknown[], name: string): unknown {
    try {
      return this.caller.call(open, method, signature, args, name)
    } catch (error) {
      if (isUnanswered(error)) this.#lookAgainLater()
      throw error
    }
  }

  /** For how many ms this thread may sleep before it makes calls again that were not answered; Infinity if there are none. */
  get againMs(): number {
    return this.#timer === undefined ? Infinity : AGAIN_MS
  }

  #lookAgainLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      if (!this.memory.attached) return
      this.caller.giveUpForgotten()
      this.memory.waits.tellAll()
      if (this.caller.hasUnanswered) this.#lookAgainLater()
    }, AGAIN_MS)
    // What waits keeps the thread alive itself.
    ;(this.#timer as { unref?(): void }).unref?.()
  }

  /** Ends the calls that a thread made, and those that it was to answer. It runs no more, or is about to leave. */
  cleanUp(thread: number): void {
    endCallsOf(this.memory, thread)
  }
}

const UNANSWERED = Symbol('unanswered')
