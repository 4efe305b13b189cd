import { HandleError } from '../../errors/handle-error.js'
import type { MethodSignature, ParameterKind } from '../../kind/capability.js'
import type { SharedObject } from '../shared-object.js'
import type { HeldArguments } from './arguments.js'

/** A call that was sent to a home. */
export interface SentCall {
  readonly open: SharedObject
  /** Which object it is: its record may serve another one later. */
  readonly record: number
  readonly identity: number
  readonly method: number
  readonly signature: MethodSignature
  readonly args: readonly unknown[]
  readonly held: HeldArguments
  /** Which of this thread's entries it has. */
  readonly level: number
  readonly entry: number
  readonly home: number
  readonly block: number
  /** When it was sent, by `performance.now()`. */
  readonly since: number
}

/**
 * Calls of a thread that may not wait for long, of which the home was in the middle when the wait was over. They cannot be taken
 * back: a read may have taken its bytes. So whatever made such a call gets EAGAIN, makes the same call again, and takes the answer
 * that has come meanwhile.
 */
export class UnansweredCalls {
  readonly #calls = new Set<SentCall>()

  get size(): number {
    return this.#calls.size
  }

  add(call: SentCall): void {
    this.#calls.add(call)
  }

  delete(call: SentCall): void {
    this.#calls.delete(call)
  }

  /** The call of a method of an object. */
  find(open: SharedObject, method: number): SentCall | undefined {
    for (const call of this.#calls) {
      if (call.record === open.record && call.identity === open.identity && call.method === method) return call
    }
    return undefined
  }

  /** Takes out those that were sent that many ms ago, or before: what made them has given up. */
  takeOlderThan(ms: number): SentCall[] {
    const now = performance.now()
    const old = [...this.#calls].filter(({ since }) => now - since >= ms)
    for (const call of old) this.#calls.delete(call)
    return old
  }

  /** Says that there is no answer yet. */
  error(home: number | undefined, syscall: string): HandleError {
    const thread = home === undefined ? 'another thread' : `thread ${String(home)}`
    const error = new HandleError('EAGAIN', { text: `${thread}, where the object is at home, has not answered yet: try again`, syscall })
    errors.add(error)
    return error
  }
}

const errors = new WeakSet()

/** Whether an error says that a home has not answered yet, and not what its method threw. */
export function isUnanswered(error: unknown): boolean {
  return typeof error === 'object' && error !== null && errors.has(error)
}

/** Whether other arguments make the same call: what is to be filled may be other bytes, of the same length. */
export function isSameCall(call: SentCall, { parameters }: MethodSignature, args: readonly unknown[]): boolean {
  return (parameters as readonly ParameterKind[]).every((kind, i) => {
    const [before, now] = [call.args[i], args[i]]
    if (!(before instanceof Uint8Array) || !(now instanceof Uint8Array)) return before === now
    const isSamePlace = before.buffer === now.buffer && before.byteOffset === now.byteOffset
    return before.length === now.length && (kind === 'out' || isSamePlace)
  })
}
