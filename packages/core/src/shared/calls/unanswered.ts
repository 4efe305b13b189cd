import { HandleError } from '../../errors/handle-error.js'
import type { MethodSignature, ParameterKind } from '../../kind/capability.js'
import type { SharedObject } from '../objects/shared-object.js'
import type { HeldArguments } from './arguments.js'

/** A call that was sent to a home. */
export interface SentCall {
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
}

/**
 * Calls of a thread that may not wait for long, of which the home was in the middle when the wait was over. They cannot be taken
 * back: a read may have taken its bytes. So whatever made such a call gets EAGAIN, makes the same call again, and takes the answer
 * that has come meanwhile. There is one of each method of an object at most.
 *
 * A call that is not made again is given up after a number of rounds, and not after a time: in each round everything that waits in
 * this thread makes its call again, however late the thread comes to it.
 */
export class UnansweredCalls {
  /** Of each, for how many rounds it is kept. */
  readonly #rounds = new Map<SentCall, number>()

  get size(): number {
    return this.#rounds.size
  }

  /** Keeps a call. What its bytes are is copied: whatever made it may use its buffer for something else meanwhile. */
  add(call: SentCall, rounds: number): void {
    const kinds = call.signature.parameters as readonly ParameterKind[]
    const args = call.args.map((value, i) => (value instanceof Uint8Array && kinds[i] !== 'out' ? value.slice() : value))
    this.#rounds.set({ ...call, args }, rounds)
  }

  delete(call: SentCall): void {
    this.#rounds.delete(call)
  }

  /** The call of a method of an object. */
  find(open: SharedObject, method: number): SentCall | undefined {
    for (const call of this.#rounds.keys()) {
      if (call.record === open.record && call.identity === open.identity && call.method === method) return call
    }
    return undefined
  }

  /** A call has been made again, and is kept for this many rounds from now on. */
  renew(call: SentCall, rounds: number): void {
    this.#rounds.set(call, rounds)
  }

  /** Begins another round: takes out the calls that were not made again for as many as they are kept. */
  takeForgotten(): SentCall[] {
    const forgotten: SentCall[] = []
    for (const [call, rounds] of this.#rounds) {
      if (rounds > 0) this.#rounds.set(call, rounds - 1)
      else forgotten.push(call)
    }
    for (const call of forgotten) this.#rounds.delete(call)
    return forgotten
  }

  /** Says that there is no answer yet. */
  error(home: number | undefined, syscall: string): HandleError {
    const thread = home === undefined ? 'another thread' : `thread ${String(home)}`
    const error = new HandleError('EAGAIN', {
      text: `${thread}, where the object is at home, has not answered yet: try again`,
      syscall,
    })
    errors.add(error)
    return error
  }
}

const errors = new WeakSet()

/** Whether an error says that a home has not answered yet, and not what its method threw. */
export function isUnanswered(error: unknown): boolean {
  return typeof error === 'object' && error !== null && errors.has(error)
}

/** Whether these arguments make the same call: those that are read say the same; what is to be filled has the same length. */
export function isSameCall(call: SentCall, args: readonly unknown[], held: HeldArguments): boolean {
  return (call.signature.parameters as readonly ParameterKind[]).every((kind, i) => {
    const [before, now] = [call.args[i], args[i]]
    if (kind === 'object') return call.held[i] === held[i]
    if (!(before instanceof Uint8Array) || !(now instanceof Uint8Array)) return Object.is(before, now)
    return before.length === now.length && (kind === 'out' || before.every((byte, at) => byte === now[at]))
  })
}
