import { HandleError, show } from '../../errors/handle-error.js'
import { EAGAIN, EALREADY, EINPROGRESS } from '../../errors/numbers.js'
import { isReference } from '../../object/brand.js'
import { dropHolder, dropReference, endBorrow, ignoringErrors } from '../../object/open-object.js'
import { admitPrivate, HomedObject } from '../homed-object.js'
import { HOLDER, R_ID, R_KIND, REFERENCE, T_INBOX } from '../layout.js'
import { pause } from '../pause.js'
import { indexOf } from '../records.js'
import { SharedObject } from '../shared-object.js'
import { writeObject, writeThrown, writeValue } from './answer.js'
import { readArguments } from './arguments.js'
import {
  ABANDONED,
  C_BLOCK,
  C_COUNT,
  C_ID,
  C_METHOD,
  C_RECORD,
  C_RESULT,
  C_STATE,
  DONE,
  entryOf,
  EXECUTING,
  FAILED,
  LEVELS,
  PENDING,
  stateWith,
  step,
} from './entry.js'
import { freeAbandoned } from './clean-up.js'
import { methodsOf, type TravellingMethod } from './methods.js'
import type { Reference } from '../../object/kernel-object.js'
import type { SharedMemory } from '../memory.js'

/** What other threads' calls come to in this one, where the objects are at home. */
export class Home {
  readonly #memory: SharedMemory
  /** Of each kind, by its number, its methods in the order that all threads know them by. */
  readonly #methods = new Map<number, readonly TravellingMethod[]>()

  constructor(memory: SharedMemory) {
    this.#memory = memory
  }

  /** Answers every call that waits here. */
  serve(): void {
    const { words, threadAt } = this.#memory
    for (let half = 0; half < 2; half++) {
      if (Atomics.load(words, threadAt + T_INBOX + half) === 0) continue
      let callers = Atomics.exchange(words, threadAt + T_INBOX + half, 0)
      while (callers !== 0) {
        const caller = half * 32 + 31 - Math.clz32(callers & -callers)
        callers &= callers - 1
        for (const level of LEVELS) this.#answer(entryOf(caller, level), caller)
      }
    }
  }

  #answer(entry: number, caller: number): void {
    const memory = this.#memory
    const { words, thread } = memory
    if (!memory.attached || words[entry + C_STATE] !== stateWith(PENDING, thread) || !step(words, entry, thread, PENDING, EXECUTING)) return
    PAUSE: pause('call: executing')
    // What the caller dropped before it called is dropped before the call.
    memory.waits.lookAtRecords()
    const record = words[entry + C_RECORD] as number
    const open = memory.known[indexOf(memory, record)]
    const isHere = open instanceof HomedObject && open.identity === words[entry + C_ID] && words[record + R_ID] === open.identity
    const result = isHere ? this.#execute(entry, open) : undefined
    const count = result === undefined ? 0 : (words[entry + C_COUNT] as number)
    const row = result === undefined ? memory.heldAt : memory.heldAt + indexOf(memory, result.record)
    PAUSE: pause('call: about to answer')
    const before = stateWith(EXECUTING, thread)
    if (Atomics.compareExchange(words, entry + C_STATE, before, stateWith(isHere ? DONE : FAILED, thread)) === before) {
      // What is counted of the answer is the entry's from that step on.
      words[row] = (words[row] as number) - count
      memory.waits.ring(caller)
    } else this.#discard(entry, caller, result, count)
  }

  /** Carries out a call and writes the answer: an object, if it is one, which this thread still counts. */
  #execute(entry: number, open: HomedObject): SharedObject | undefined {
    const memory = this.#memory
    const { words } = memory
    const taken: Reference[] = []
    open.uses++
    try {
      const method = this.#methodsOf(open)[words[entry + C_METHOD] as number]
      if (method === undefined) throw new HandleError('ENOTSUP')
      const { args, end } = readArguments(memory, words[entry + C_BLOCK] as number, method.signature, taken)
      const value = method.call(open, args)
      // The caller waits for the next change, and asks again.
      if (UNFINISHED.has(value) || method.tellsReadiness) open.watch()
      return this.#write(entry, value, end)
    } catch (error) {
      // Who leaves in mid-call has failed it by that, and its pages may be in use again.
      if (memory.attached) writeThrown(memory, entry, error)
      return undefined
    } finally {
      for (const reference of taken) releaseQuietly(reference)
      ignoringErrors(endBorrow, open)
    }
  }

  #write(entry: number, value: unknown, end: number): SharedObject | undefined {
    const memory = this.#memory
    if (!memory.attached && !isReference(value)) return undefined
    if (value === undefined || typeof value === 'string' || typeof value === 'number') {
      writeValue(memory, entry, value, end)
      return undefined
    }
    if (!isReference(value)) throw new HandleError('EIO', { text: `i/o error: a method answered ${show(value)}` })
    const isHolder = value.holder
    try {
      const open = this.#admit(value)
      value.moveOut()
      memory.words[entry + C_RESULT] = open.record
      memory.words[entry + C_COUNT] = isHolder ? HOLDER + REFERENCE : REFERENCE
      writeObject(memory, entry)
      return open
    } catch (error) {
      releaseQuietly(value)
      throw error
    }
  }

  /** What stands in the memory for the object of a reference, which counts there from then on. */
  #admit(reference: Reference): SharedObject {
    const memory = this.#memory
    memory.checkAttached('call')
    const open = reference.open()
    if (!(open instanceof SharedObject)) return admitPrivate(memory, open, reference.holder)
    if (open.memory.words.buffer === memory.words.buffer) return open
    throw new HandleError('EINVAL', { text: 'the object that a method answered lives in another shared memory' })
  }

  /** Nobody takes the answer: what it holds is given back, and the entry is free again if it was left to this thread. */
  #discard(entry: number, caller: number, result: SharedObject | undefined, count: number): void {
    const memory = this.#memory
    const { words, thread } = memory
    if (result !== undefined && memory.attached) ignoringErrors(count >= HOLDER ? dropHolder : dropReference, result)
    if (words[entry + C_STATE] === stateWith(ABANDONED, thread)) freeAbandoned(memory, entry)
    memory.waits.ring(caller)
  }

  #methodsOf(open: HomedObject): readonly TravellingMethod[] {
    const { words, bindings } = this.#memory
    const kind = words[open.record + R_KIND] as number
    let methods = this.#methods.get(kind)
    if (methods === undefined) this.#methods.set(kind, (methods = methodsOf(bindings.description(kind))))
    return methods
  }
}

/** Answers that say that there will be another, after a change: connect(2) has its own. */
const UNFINISHED: ReadonlySet<unknown> = new Set([-EAGAIN, -EINPROGRESS, -EALREADY])

function releaseQuietly(reference: Reference): void {
  try {
    reference.release()
  } catch {
    // The call has its own answer.
  }
}
