import { codeOf, HandleError, openObjectOf, type KernelObject } from '@ht/core'
import { isLockBusy, type SharedMemory } from '@ht/core/shared'
import { until, type Answer, type Within } from '../calls/waiting-call.js'
import { ControlOps, type ControlMethods } from '../threads/control-kind.js'
import type { Requests } from '../threads/protocol.js'

type ReplyTo<K extends keyof Requests> = ReturnType<Requests[K]>

/** The kernel, as a task in a worker reaches it. */
export class ControlClient {
  readonly #object: KernelObject
  readonly #methods: ControlMethods
  readonly #memory: SharedMemory

  /** Takes over the reference. */
  constructor(object: KernelObject, memory: SharedMemory) {
    this.#object = object
    this.#memory = memory
    this.#methods = object.as(ControlOps)!
  }

  /** Asks the kernel, and blocks until it has answered. @throws what it threw */
  ask<K extends keyof Requests>(name: K, ...args: Parameters<Requests[K]>): ReplyTo<K> {
    const request = JSON.stringify([name, ...args])
    const text = this.#untilDone(() => this.#methods.request(request))
    if (typeof text === 'number') throw new HandleError(codeOf(text), { text: 'the kernel does not answer' })
    const answer = JSON.parse(text) as ReplyTo<K> | { errno: number; text: string }
    if (typeof answer === 'object' && answer !== null && 'errno' in answer) {
      const code = codeOf(answer.errno)
      throw new HandleError(code, { text: answer.text.replace(`${code}: `, '') })
    }
    return answer
  }

  socket(domain: number, type: number, protocol: number): KernelObject | number {
    return this.#untilDone(() => this.#methods.socket(domain, type, protocol))
  }

  pair(domain: number, type: number, protocol: number): readonly [KernelObject, KernelObject] | number {
    return this.#both(this.#untilDone(() => this.#methods.pair(domain, type, protocol)))
  }

  pipe(): readonly [KernelObject, KernelObject] | number {
    return this.#both(this.#untilDone(() => this.#methods.pipe()))
  }

  /** Whether a child has ended: 0, −EAGAIN while none has, −ECHILD when there is none. */
  childEnded(child = 0): number {
    return this.#methods.childEnded(child)
  }

  /** Waits, as the call does, until {@link childEnded} is not −EAGAIN. */
  untilChildEnded(child: number | undefined, within: Within): Answer<number> {
    return until(openObjectOf(this.#object), () => this.childEnded(child), within, 'wait', true)
  }

  release(): void {
    this.#object.release()
  }

  /**
   * Asks again while the kernel's thread cannot have a lock for which it may wait no longer. It has changed nothing then. A task that
   * is killed meanwhile is refused, if its thread comes to ask again.
   *
   * @throws ETIMEDOUT if that does not end: EAGAIN is for limits
   */
  #untilDone<T>(request: () => T): T {
    const deadline = performance.now() + MOST_MS
    for (;;) {
      const { words, doorbell, waits } = this.#memory
      try {
        return request()
      } catch (error) {
        if (!isLockBusy(error)) throw error
        if (performance.now() >= deadline) {
          throw new HandleError('ETIMEDOUT', {
            text: `the kernel has not had a lock of the shared memory for ${String(MOST_MS)} ms`,
            cause: error,
          })
        }
      }
      const seen = Atomics.load(words, doorbell)
      waits.answerRing()
      waits.sleep(seen, AGAIN_MS)
    }
  }

  #both(first: KernelObject | number): readonly [KernelObject, KernelObject] | number {
    if (typeof first === 'number') return first
    const second = this.#methods.second()
    if (typeof second !== 'number') return [first, second]
    first.release()
    return second
  }
}

/** How soon a request is made again, in ms. */
const AGAIN_MS = 5
/** For how long, in ms: the end of a thread that held a lock may be told late on a busy machine. */
const MOST_MS = 60_000
