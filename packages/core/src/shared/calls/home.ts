import { HandleError, show } from '../../errors/handle-error.js'
import { EAGAIN, EALREADY, EINPROGRESS } from '../../errors/numbers.js'
import { isReference } from '../../object/reference.js'
import { dropHolder, dropReference, endBorrow, ignoringErrors } from '../../object/open-object.js'
import { admitPrivate, HomedObject } from '../objects/homed-object.js'
import { HOLDER, QUEUE_BITS, QUEUE_WORDS, R_ID, R_KIND, REFERENCE, T_INBOX } from '../words/layout.js'
import { isLockBusy } from '../words/lock-busy.js'
import { free, ownership } from '../words/pages.js'
import { pause } from '../words/pause.js'
import { indexOf } from '../objects/records.js'
import { SharedObject } from '../objects/shared-object.js'
import { threadsOf } from '../words/turn.js'
import { writeObject, writeThrown, writeValue } from './answer.js'
import { readArguments } from './arguments.js'
import { B_COUNT, B_MORE, B_RESULT } from './block.js'
import { freeMore } from './clean-up.js'
import {
  C_BLOCK,
  C_ID,
  C_METHOD,
  C_RECORD,
  C_STATE,
  DONE,
  entryOf,
  EXECUTING,
  FAILED,
  homeOf,
  inState,
  LEVELS,
  PENDING,
  stateOf,
  step,
} from './entry.js'
import { methodsOf, type TravellingMethod } from './methods.js'
import type { Reference } from '../../object/reference.js'
import type { CallMemory } from './call-memory.js'

/** What other threads' calls come to in this one, where the objects are at home. */
export class Home {
  readonly #memory: CallMemory
  /** Of each kind, by its number, its methods in the order that all threads know them by. */
  readonly #methods = new Map<number, readonly TravellingMethod[]>()

  constructor(memory: CallMemory) {
    this.#memory = memory
  }

  /** Answers every call that waits here. */
  serve(): void {
    const { words, threadAt, threadLimit, sharesBits } = this.#memory
    for (let half = 0; half < QUEUE_WORDS; half++) {
      const inbox = threadAt + T_INBOX + half
      if (Atomics.load(words, inbox) === 0) continue
      let callers = Atomics.exchange(words, inbox, 0)
      const end = sharesBits ? threadsOf(this.#memory) : threadLimit
      try {
        while (callers !== 0) {
          const caller = half * 32 + 31 - Math.clz32(callers & -callers)
          // Threads that have the bit in common may all have called.
          for (let it = caller; it < end; it += QUEUE_BITS) for (const level of LEVELS) this.#answer(entryOf(it, level), it)
          callers &= callers - 1
        }
      } finally {
        // A call that cannot be answered keeps no other one from its answer.
        if (callers !== 0) Atomics.or(words, inbox, callers)
      }
    }
  }

  #answer(entry: number, caller: number): void {
    const memory = this.#memory
    const { words, thread } = memory
    const pending = Atomics.load(words, entry + C_STATE)
    if (!memory.attached || stateOf(pending) !== PENDING || homeOf(pending) !== thread) return
    // Read before the step: it succeeds only if the caller has not changed anything since.
    const call: ReceivedCall = {
      record: words[entry + C_RECORD]!,
      id: words[entry + C_ID]!,
      method: words[entry + C_METHOD]!,
      block: words[entry + C_BLOCK]!,
    }
    PAUSE: pause('call: read')
    if (!step(words, entry, pending, EXECUTING)) return
    const answer: WrittenAnswer = { more: 0, result: undefined, count: 0 }
    let isAnswered = false
    let unwritten: (() => void) | undefined
    const { worksFor } = memory
    try {
      PAUSE: pause('call: executing')
      // What the caller dropped before it called is dropped before the call.
      memory.waits.lookAtRecords()
      const open = this.#objectOf(call)
      if (open !== undefined) {
        memory.worksFor = caller
        unwritten = this.#execute(call, open, answer)
        isAnswered = true
      }
      PAUSE: pause('call: about to answer')
    } finally {
      memory.worksFor = worksFor
      const executing = inState(pending, EXECUTING)
      if (unwritten !== undefined) this.#answerLater(unwritten, entry, executing, caller, call.block, answer)
      else {
        this.#finish(entry, executing, call.block, isAnswered, answer)
        memory.waits.ring(caller)
      }
    }
  }

  /** Answers when the lock is to be had that the answer needs. What was done is not done again, and not lost. */
  #answerLater(write: () => void, entry: number, executing: number, caller: number, block: number, answer: WrittenAnswer): void {
    const memory = this.#memory
    memory.later.add(() => {
      const { worksFor } = memory
      memory.worksFor = caller
      try {
        write()
      } catch (error) {
        if (isLockBusy(error)) throw error
        answer.more = writeThrown(memory, block, error)
      } finally {
        memory.worksFor = worksFor
      }
      this.#finish(entry, executing, block, true, answer)
      memory.waits.ring(caller)
    })
  }

  /** The object of a call, if it is at home here. */
  #objectOf({ record, id }: ReceivedCall): HomedObject | undefined {
    const memory = this.#memory
    const open = memory.known[indexOf(memory, record)]
    return open instanceof HomedObject && open.identity === id && memory.words[record + R_ID] === id ? open : undefined
  }

  /** Ends a call that this thread executes: with its answer, or without one. */
  #finish(entry: number, executing: number, block: number, isAnswered: boolean, { more, result, count }: WrittenAnswer): void {
    const memory = this.#memory
    const { words } = memory
    const run = more === 0 ? undefined : ownership(memory, more)
    const row = result === undefined ? memory.heldAt : memory.heldAt + indexOf(memory, result.record)
    const done = inState(executing, isAnswered ? DONE : FAILED)
    if (run !== undefined) {
      // The block's from here on, whichever of the two dies.
      words[block + B_MORE] = more
      words[run.word] = run.owned
    }
    if (Atomics.compareExchange(words, entry + C_STATE, executing, done) === executing) {
      // What is counted of the answer is the call's from that step on.
      words[row] = words[row]! - count
      return
    }
    if (run !== undefined) words[run.word] = run.mine
    // The caller has given up, or this thread has left, which ended the call and gave everything back.
    if (!memory.attached) return
    freeMore(memory, block)
    free(memory, block)
    if (result !== undefined) ignoringErrors(count >= HOLDER ? dropHolder : dropReference, result)
  }

  /**
   * Carries out a call and writes the answer: an object, if it is one, is counted by this thread still. Gives what is left to do, if
   * the answer needs a lock that is not to be had.
   */
  #execute(call: ReceivedCall, open: HomedObject, answer: WrittenAnswer): (() => void) | undefined {
    const memory = this.#memory
    const { block } = call
    const taken: Reference[] = []
    open.uses++
    try {
      const method = this.#methodsOf(open)[call.method]
      if (method === undefined) throw new HandleError('ENOTSUP')
      const { args, end } = readArguments(memory, block, method.signature, taken)
      const value = method.call(open, args)
      // The caller waits for the next change, and asks again.
      if (UNFINISHED.has(value) || method.tellsReadiness) open.watch()
      const write = () => {
        this.#write(block, value, end, answer)
      }
      try {
        write()
      } catch (error) {
        if (isLockBusy(error)) return write
        throw error
      }
    } catch (error) {
      // If the call itself left the memory, it has failed already, and its pages may be in use again.
      if (memory.attached) answer.more = writeThrown(memory, block, error)
    } finally {
      for (const reference of taken) releaseQuietly(reference)
      ignoringErrors(endBorrow, open)
    }
    return undefined
  }

  #write(block: number, value: unknown, end: number, answer: WrittenAnswer): void {
    const memory = this.#memory
    if (!memory.attached && !isReference(value)) return
    if (value === undefined || typeof value === 'string' || typeof value === 'number') {
      answer.more = writeValue(memory, block, value, end)
      return
    }
    if (!isReference(value)) throw new HandleError('EIO', { text: `i/o error: a method answered ${show(value)}` })
    const isHolder = value.holder
    try {
      const open = this.#admit(value)
      value.moveOut()
      answer.result = open
      answer.count = isHolder ? HOLDER + REFERENCE : REFERENCE
      memory.words[block + B_RESULT] = open.record
      memory.words[block + B_COUNT] = answer.count
      writeObject(memory, block)
    } catch (error) {
      if (!isLockBusy(error)) releaseQuietly(value)
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

  #methodsOf(open: HomedObject): readonly TravellingMethod[] {
    const { words, bindings } = this.#memory
    const kind = words[open.record + R_KIND]!
    let methods = this.#methods.get(kind)
    if (methods === undefined) this.#methods.set(kind, (methods = methodsOf(bindings.description(kind))))
    return methods
  }
}

/** What the entry of a call said when this thread took it on. */
interface ReceivedCall {
  readonly record: number
  readonly id: number
  readonly method: number
  readonly block: number
}

/** What of an answer is not in the block: pages of its own, and what this thread counts of an object. */
interface WrittenAnswer {
  more: number
  result: SharedObject | undefined
  count: number
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
