import { codeOf, HandleError, openObjectOf, untilAnswered, type KernelObject, type WaitOptions } from '@ht/core'
import { untilAnsweredSync, type SyncWaitOptions } from '@ht/core/shared'
import { ControlOps, type ControlMethods } from '../threads/control-kind.js'
import type { Requests } from '../threads/protocol.js'

type Answer<K extends keyof Requests> = ReturnType<Requests[K]>

/** The kernel, as a task in a worker reaches it. */
export class ControlClient {
  readonly #object: KernelObject
  readonly #methods: ControlMethods

  /** Takes over the reference. */
  constructor(object: KernelObject) {
    this.#object = object
    this.#methods = object.as(ControlOps)!
  }

  /** Asks the kernel, and blocks until it has answered. @throws what it threw */
  ask<K extends keyof Requests>(name: K, ...args: Parameters<Requests[K]>): Answer<K> {
    const text = this.#methods.request(JSON.stringify([name, ...args]))
    if (typeof text === 'number') throw new HandleError(codeOf(text), { text: 'the kernel does not answer' })
    const answer = JSON.parse(text) as Answer<K> | { errno: number; text: string }
    if (typeof answer === 'object' && answer !== null && 'errno' in answer) {
      const code = codeOf(answer.errno)
      throw new HandleError(code, { text: answer.text.replace(`${code}: `, '') })
    }
    return answer
  }

  socket(domain: number, type: number, protocol: number): KernelObject | number {
    return this.#methods.socket(domain, type, protocol)
  }

  pair(domain: number, type: number, protocol: number): readonly [KernelObject, KernelObject] | number {
    return this.#both(this.#methods.pair(domain, type, protocol))
  }

  pipe(): readonly [KernelObject, KernelObject] | number {
    return this.#both(this.#methods.pipe())
  }

  /** Whether a child has ended: 0, −EAGAIN while none has, −ECHILD when there is none. */
  childEnded(child = 0): number {
    return this.#methods.childEnded(child)
  }

  /** Waits until it is not −EAGAIN. */
  untilChildEnded(child: number | undefined, options: WaitOptions): Promise<number> {
    return untilAnswered(openObjectOf(this.#object), () => this.childEnded(child), options, 'wait', true)
  }

  /** {@link untilChildEnded}, blocking. */
  untilChildEndedSync(child: number | undefined, options: SyncWaitOptions): number {
    return untilAnsweredSync(openObjectOf(this.#object), () => this.childEnded(child), options, 'wait', true)
  }

  release(): void {
    this.#object.release()
  }

  #both(first: KernelObject | number): readonly [KernelObject, KernelObject] | number {
    if (typeof first === 'number') return first
    const second = this.#methods.second()
    if (typeof second !== 'number') return [first, second]
    first.release()
    return second
  }
}

