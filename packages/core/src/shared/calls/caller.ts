import { HandleError } from '../../errors/handle-error.js'
import { Reference } from '../../object/kernel-object.js'
import { HEADER_WORDS, HOLDER, HOME_GONE, R_HOME, R_ID, T_INBOX, THREAD_WORDS } from '../layout.js'
import { objectAt } from '../object-at.js'
import { assign, free, NOBODY, ownership } from '../pages.js'
import { pause } from '../pause.js'
import { indexOf } from '../records.js'
import { readAnswer } from './answer.js'
import { copyBack, holdArguments, releaseArguments, sizeOf, writeArguments, type HeldArguments } from './arguments.js'
import { Blocks } from './blocks.js'
import {
  ABANDONED,
  C_ANSWER,
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
  IDLE,
  LEVELS,
  PENDING,
  stateOf,
  stateWith,
  step,
} from './entry.js'
import type { MethodSignature } from '../../kind/capability.js'
import type { KernelObject } from '../../object/kernel-object.js'
import type { SharedMemory } from '../memory.js'
import type { SharedObject } from '../shared-object.js'

/** What a call comes to when its home has ended. */
export const GONE = Symbol('gone')

/** How a wait may end, besides by the states of an entry: nobody has looked at the call, and nobody will. */
const WITHDRAWN = -1

/**
 * The calls that this thread makes into others. While it waits for the answer it answers calls itself, so two
 * threads may call each other; a call that it makes then has the next entry.
 */
export class Caller {
  readonly #memory: SharedMemory
  readonly #blocks: Blocks
  readonly #isBusy = LEVELS.map(() => false)

  constructor(memory: SharedMemory) {
    this.#memory = memory
    this.#blocks = new Blocks(memory)
  }

  /**
   * Has the home of an object carry out one of its kind's methods, and waits for the answer.
   *
   * @throws what the method threw; EINVAL, EBADF for arguments; ENOMEM without room for them; EDEADLK for too many
   *   calls within calls; ETIMEDOUT
   */
  call(open: SharedObject, method: number, signature: MethodSignature, args: readonly unknown[], name: string): unknown {
    const memory = this.#memory
    memory.checkAttached(name)
    const size = sizeOf(signature, args, name)
    const level = this.#takeLevel(name)
    let held: HeldArguments = []
    try {
      held = holdArguments(memory, signature, args, name)
      return this.#travel(open, method, signature, args, held, level, size, name)
    } finally {
      this.#isBusy[level] = false
      releaseArguments(held)
    }
  }

  #travel(
    open: SharedObject,
    method: number,
    signature: MethodSignature,
    args: readonly unknown[],
    held: HeldArguments,
    level: number,
    size: number,
    name: string,
  ): unknown {
    const memory = this.#memory
    const { words } = memory
    const home = (words[open.record + R_HOME] as number) - 1
    if (home === HOME_GONE - 1) return GONE
    const entry = entryOf(memory.thread, level)
    const block = this.#blocks.take(size, name)
    words[entry + C_RECORD] = open.record
    words[entry + C_ID] = open.identity
    words[entry + C_METHOD] = method
    words[entry + C_BLOCK] = block
    words[entry + C_ANSWER] = 0
    words[entry + C_COUNT] = 0
    writeArguments(memory, block, signature, args, held)
    PAUSE: pause('call: written')
    Atomics.store(words, entry + C_STATE, stateWith(PENDING, home))
    PAUSE: pause('call: pending')
    const inbox = HEADER_WORDS + home * THREAD_WORDS + T_INBOX + (memory.thread >> 5)
    Atomics.or(words, inbox, 1 << (memory.thread & 31))
    memory.waits.ring(home)
    const state = this.#outcome(open, entry, home)
    PAUSE: pause('call: answered')
    try {
      if (state === DONE) return this.#take(entry, block, signature, args)
      if (state === FAILED) this.#settle(entry)
      if (state === FAILED || state === IDLE) return GONE
      memory.checkAttached(name)
      const text = `thread ${String(home)}, where the object is at home, has not answered for ${String(memory.patienceMs)} ms`
      throw new HandleError('ETIMEDOUT', { text, syscall: name })
    } finally {
      if (state !== ABANDONED && memory.attached) this.#blocks.keep(block)
    }
  }

  /** The state that the call is left in. */
  #outcome(open: SharedObject, entry: number, home: number): number {
    try {
      return this.#wait(open, entry, home)
    } catch (error) {
      // What this thread did meanwhile for others has failed, and nobody is there to take the answer.
      const state = this.#abandon(entry, home)
      if (state === DONE || state === FAILED) this.#throwAway(entry)
      if (state !== ABANDONED) this.#blocks.keep(this.#memory.words[entry + C_BLOCK] as number)
      throw error
    }
  }

  /** Waits until there is an answer, or there will be none: the state that the entry is in then. */
  #wait(open: SharedObject, entry: number, home: number): number {
    const memory = this.#memory
    const { words, doorbell, threadAt, waits } = memory
    for (let i = waits.rounds(); i > 0; i--) {
      const state = stateOf(Atomics.load(words, entry + C_STATE))
      if (state === DONE || state === FAILED) return state
      if (words[threadAt + T_INBOX] !== 0 || words[threadAt + T_INBOX + 1] !== 0) waits.answerRing()
    }
    const deadline = memory.isServer || !memory.canWait ? performance.now() + memory.patienceMs : Infinity
    for (;;) {
      const seen = Atomics.load(words, doorbell)
      waits.answerRing()
      const state = stateOf(Atomics.load(words, entry + C_STATE))
      if (state === DONE || state === FAILED) return state
      // Who cleaned up after the home may have looked here before the call was pending.
      const isGone = words[open.record + R_HOME] !== home + 1 || words[open.record + R_ID] !== open.identity
      if (isGone && step(words, entry, home, PENDING, IDLE)) return IDLE
      if (!memory.attached) return WITHDRAWN
      const rest = deadline - performance.now()
      if (rest <= 0) return this.#abandon(entry, home)
      PAUSE: pause('call: about to sleep')
      if (memory.canWait) waits.sleep(seen, rest)
    }
  }

  /** Gives up on an answer: the state that the entry is left in, which is DONE or FAILED when there is one after all. */
  #abandon(entry: number, home: number): number {
    const memory = this.#memory
    const { words } = memory
    const block = words[entry + C_BLOCK] as number
    if (step(words, entry, home, PENDING, IDLE)) return WITHDRAWN
    assign(memory, block, NOBODY)
    PAUSE: pause('call: about to abandon')
    if (step(words, entry, home, EXECUTING, ABANDONED)) return ABANDONED
    assign(memory, block, memory.self)
    return stateOf(Atomics.load(words, entry + C_STATE))
  }

  /** What the answer says. */
  #take(entry: number, block: number, signature: MethodSignature, args: readonly unknown[]): unknown {
    const memory = this.#memory
    try {
      const answer = readAnswer(memory, block)
      if (answer.sort === 'thrown') throw answer.error
      if (answer.sort === 'object') return this.#takeObject(entry)
      copyBack(memory, block, signature, args, answer.value)
      return answer.value
    } finally {
      this.#settle(entry)
    }
  }

  /** The object of an answer; what is counted of it is this thread's from now on. */
  #takeObject(entry: number): KernelObject {
    const memory = this.#memory
    const { words } = memory
    const record = words[entry + C_RESULT] as number
    const count = words[entry + C_COUNT] as number
    const row = memory.heldAt + indexOf(memory, record)
    Atomics.store(words, entry + C_STATE, IDLE)
    words[row] = (words[row] as number) + count
    const open = objectAt(memory, record)
    open.follow()
    return new Reference(open, count >= HOLDER)
  }

  /** Gives back an answer that nobody takes. */
  #throwAway(entry: number): void {
    if (this.#memory.words[entry + C_COUNT] === 0) this.#settle(entry)
    else {
      try {
        this.#takeObject(entry).release()
      } catch {
        // Its hooks' errors are nobody's.
      }
    }
  }

  /** Gives back what an answer took, and the entry. */
  #settle(entry: number): void {
    const memory = this.#memory
    const { words } = memory
    if (words[entry + C_STATE] === IDLE) return
    const answer = words[entry + C_ANSWER] as number
    if (answer !== 0) {
      const { word, mine } = ownership(memory, answer)
      words[entry + C_ANSWER] = 0
      words[word] = mine
      free(memory, answer)
    }
    Atomics.store(words, entry + C_STATE, IDLE)
  }
  #takeLevel(name: string): number {
    const { words, thread } = this.#memory
    for (const level of LEVELS) {
      // An entry that a former thread of this number abandoned is its home's for a while.
      if (this.#isBusy[level] === true || Atomics.load(words, entryOf(thread, level) + C_STATE) !== IDLE) continue
      this.#isBusy[level] = true
      return level
    }
    const text = `calls between threads are more than ${String(LEVELS.length)} deep, counting those that no home has answered`
    throw new HandleError('EDEADLK', { text, syscall: name })
  }
}
