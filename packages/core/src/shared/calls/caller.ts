import { HandleError } from '../../errors/handle-error.js'
import { Reference } from '../../object/reference.js'
import { HOLDER, HOME_GONE, R_HOME, R_ID, T_INBOX } from '../words/layout.js'
import { objectAt } from '../objects/object-at.js'
import { pause } from '../words/pause.js'
import { indexOf } from '../objects/records.js'
import { readAnswer } from './answer.js'
import { copyBack, holdArguments, releaseArguments, sizeOf, writeArguments, type HeldArguments } from './arguments.js'
import { Blocks } from './blocks.js'
import { abandon, B_COUNT, B_RESULT, clearAnswer } from './block.js'
import { freeMore } from './clean-up.js'
import { markInbox } from './inbox.js'
import { SilentHomes } from './silent-homes.js'
import { isSameCall, UnansweredCalls, type SentCall } from './unanswered.js'
import {
  begin,
  C_BLOCK,
  C_ID,
  C_METHOD,
  C_RECORD,
  C_STATE,
  DONE,
  end,
  ended,
  entryOf,
  EXECUTING,
  FAILED,
  homeOf,
  IDLE,
  LEVELS,
  PENDING,
  stateOf,
} from './entry.js'
import type { MethodSignature } from '../../kind/capability.js'
import type { KernelObject } from '../../object/kernel-object.js'
import type { CallMemory } from './call-memory.js'
import type { SharedObject } from '../objects/shared-object.js'

/** What a call comes to when its home has ended. */
export const GONE = Symbol('gone')

/**
 * The calls that this thread makes into others. While it waits for the answer it answers calls itself, so two
 * threads may call each other; a call that it makes then has the next entry.
 */
export class Caller {
  readonly #memory: CallMemory
  readonly #blocks: Blocks
  readonly #isBusy = LEVELS.map(() => false)
  readonly #unanswered = new UnansweredCalls()
  readonly #silent: SilentHomes

  constructor(memory: CallMemory) {
    this.#memory = memory
    this.#blocks = new Blocks(memory)
    this.#silent = new SilentHomes(memory)
  }

  /**
   * Has the home of an object carry out one of its kind's methods, and waits for the answer.
   *
   * A thread that must not wait for long waits for {@link CallMemory.callPatience}. What the home has not begun by then is
   * not done. What it is in the middle of goes on, and the same call made again takes its answer as soon as there is one; that is
   * not waited for, nor is anything else of that home before it comes to answer.
   *
   * @throws what the method threw; EINVAL, EBADF for arguments; ENOMEM without room for them; EDEADLK for too many
   *   calls within calls; EAGAIN where this thread may wait no longer; ETIMEDOUT where the home runs no program
   */
  call(open: SharedObject, method: number, signature: MethodSignature, args: readonly unknown[], name: string): unknown {
    this.#memory.checkAttached(name)
    const size = sizeOf(signature, args, name)
    const kept = this.#unanswered.size === 0 ? undefined : this.#unanswered.find(open, method)
    if (kept !== undefined) return this.#askAgain(kept, args, name)
    const sent = this.#send(open, method, signature, args, size, name)
    return sent === GONE ? GONE : this.#finish(sent, name)
  }

  /** Whether there are calls that go on, and are given up when they are not made again. */
  get hasUnanswered(): boolean {
    return this.#unanswered.size > 0
  }

  /** Another round, in which everything that waits in this thread makes its call again: gives up calls that are not wanted any more. */
  giveUpForgotten(): void {
    for (const call of this.#unanswered.takeForgotten()) this.#end(call)
  }

  /** The answer to a call that this thread made before and the home was in the middle of. @throws EAGAIN while there is none, or for another call of the same method */
  #askAgain(call: SentCall, args: readonly unknown[], name: string): unknown {
    const memory = this.#memory
    const unanswered = this.#unanswered
    const held = holdArguments(memory, call.signature, args, name)
    const isSame = isSameCall(call, args, held)
    releaseArguments(held)
    if (!isSame) throw unanswered.error(call.home, name)
    const word = Atomics.load(memory.words, call.entry + C_STATE)
    if (!isOver(word)) {
      unanswered.renew(call, this.#rounds)
      throw unanswered.error(call.home, name)
    }
    unanswered.delete(call)
    this.#silent.delete(call.home)
    try {
      return this.#answerOf({ ...call, args }, word)
    } finally {
      this.#end(call)
    }
  }

  #send(
    open: SharedObject,
    method: number,
    signature: MethodSignature,
    args: readonly unknown[],
    size: number,
    name: string,
  ): SentCall | typeof GONE {
    const memory = this.#memory
    const { words } = memory
    let held: HeldArguments = []
    let level = -1
    let isSent = false
    try {
      held = holdArguments(memory, signature, args, name)
      const home = words[open.record + R_HOME]! - 1
      if (home === HOME_GONE - 1) return GONE
      if (this.#silent.has(home)) throw this.#unanswered.error(home, name)
      level = this.#takeLevel(home, name)
      const entry = entryOf(memory.thread, level)
      const block = this.#blocks.take(size, name)
      words[entry + C_RECORD] = open.record
      words[entry + C_ID] = open.identity
      words[entry + C_METHOD] = method
      words[entry + C_BLOCK] = block
      clearAnswer(memory, block)
      writeArguments(memory, block, signature, args, held)
      PAUSE: pause('call: written')
      begin(words, entry, home)
      isSent = true
      PAUSE: pause('call: pending')
      return { record: open.record, identity: open.identity, method, signature, args, held, level, entry, home, block }
    } finally {
      if (!isSent) {
        if (level >= 0) this.#isBusy[level] = false
        releaseArguments(held)
      }
    }
  }

  /** Waits for the answer of a call that was sent, and takes it. */
  #finish(call: SentCall, name: string): unknown {
    const memory = this.#memory
    const { words } = memory
    const { entry, home } = call
    let goesOn = false
    try {
      markInbox(memory, home)
      memory.waits.ring(home)
      let word = this.#wait(call)
      PAUSE: pause('call: answered')
      for (;;) {
        const state = stateOf(word)
        if (isOver(word) || state === IDLE) return this.#answerOf(call, word)
        memory.checkAttached(name)
        if (memory.steady.has(home)) throw timedOut(memory, home, name)
        // What the home has not begun it is not to begin any more; it may be just about to.
        if (state === EXECUTING || end(words, entry, word)) break
        word = Atomics.load(words, entry + C_STATE)
      }
      goesOn = stateOf(word) === EXECUTING
      this.#silent.add(home)
      throw this.#unanswered.error(home, name)
    } finally {
      if (goesOn) this.#unanswered.add(call, this.#rounds)
      else this.#end(call)
    }
  }

  /** This thread has done with a call. What it did meanwhile for others may have failed, and the answer is still to come. */
  #end({ entry, block, level, held }: SentCall): void {
    if (this.#memory.attached && this.#giveUp(entry)) this.#blocks.keep(block)
    this.#isBusy[level] = false
    releaseArguments(held)
  }

  /** Waits until there is an answer, or there will be none, or this thread may wait no longer: the first word of the entry then. */
  #wait({ record, identity, entry, home }: SentCall): number {
    const memory = this.#memory
    const { words, doorbell, threadAt, waits } = memory
    for (let i = waits.rounds(); i > 0; i--) {
      const word = Atomics.load(words, entry + C_STATE)
      if (isOver(word)) return word
      if (words[threadAt + T_INBOX] !== 0 || words[threadAt + T_INBOX + 1] !== 0) waits.answerRing()
    }
    const start = performance.now()
    const isBrief = memory.waitsBriefly
    const isSteady = memory.steady.has(home)
    const deadline = isBrief ? start + (isSteady ? memory.patienceMs : memory.callPatience.left) : Infinity
    try {
      for (;;) {
        const seen = Atomics.load(words, doorbell)
        waits.answerRing()
        const word = Atomics.load(words, entry + C_STATE)
        if (isOver(word)) return word
        // The cleaner of the home may have looked here before the call was pending.
        const isGone = words[record + R_HOME] !== home + 1 || words[record + R_ID] !== identity
        if (isGone && stateOf(word) === PENDING && end(words, entry, word)) return ended(word)
        const rest = deadline - performance.now()
        if (!memory.attached || rest <= 0) return word
        PAUSE: pause('call: about to sleep')
        if (memory.canWait) waits.sleep(seen, rest)
      }
    } finally {
      if (isBrief && !isSteady) memory.callPatience.spend(performance.now() - start)
    }
  }

  /** Ends a call, if it has not ended, and gives back an answer that was not read: whether the block is still this thread's. */
  #giveUp(entry: number): boolean {
    const memory = this.#memory
    const { words } = memory
    for (;;) {
      const word = Atomics.load(words, entry + C_STATE)
      switch (stateOf(word)) {
        case PENDING:
          if (end(words, entry, word)) return true
          break
        case EXECUTING:
          PAUSE: pause('call: about to abandon')
          if (abandon(memory, entry, word, memory.self, homeOf(word))) return false
          break
        case DONE:
          this.#throwAway(entry, word)
          return true
        case FAILED:
          this.#settle(entry, word)
          return true
        default:
          return true
      }
    }
  }

  /** What a call has come to that is over. */
  #answerOf({ entry, block, signature, args }: SentCall, word: number): unknown {
    const memory = this.#memory
    if (stateOf(word) !== DONE) return GONE
    const answer = readAnswer(memory, block)
    if (answer.sort === 'thrown') throw answer.error
    if (answer.sort === 'object') return this.#takeObject(entry, word, block)
    copyBack(memory, block, signature, args, answer.value)
    return answer.value
  }

  /** The object of an answer; what is counted of it is this thread's from now on. */
  #takeObject(entry: number, word: number, block: number): KernelObject {
    const memory = this.#memory
    const { words } = memory
    const record = words[block + B_RESULT]!
    const count = words[block + B_COUNT]!
    const row = memory.heldAt + indexOf(memory, record)
    const after = ended(word)
    Atomics.store(words, entry + C_STATE, after)
    words[row] = words[row]! + count
    const open = objectAt(memory, record)
    open.follow()
    return new Reference(open, count >= HOLDER)
  }

  /** Gives back an answer that is no longer wanted. */
  #throwAway(entry: number, word: number): void {
    const { words } = this.#memory
    const block = words[entry + C_BLOCK]!
    if (words[block + B_COUNT] === 0) this.#settle(entry, word)
    else {
      try {
        this.#takeObject(entry, word, block).release()
      } catch {
        // Errors of its hooks are dropped.
      }
    }
  }

  /** Gives back what an answer took, and the entry. */
  #settle(entry: number, word: number): void {
    const memory = this.#memory
    freeMore(memory, memory.words[entry + C_BLOCK]!)
    Atomics.store(memory.words, entry + C_STATE, ended(word))
  }

  /** An entry for a call. A thread that must not wait for long leaves one to homes that come to answer: the others may keep what they get. */
  #takeLevel(home: number, name: string): number {
    const memory = this.#memory
    const left = memory.waitsBriefly && !memory.steady.has(home) ? 1 : 0
    let free = 0
    let first: number | undefined
    for (const level of LEVELS) {
      if (!this.#isFree(level)) continue
      first ??= level
      if (free++ < left) continue
      this.#isBusy[first] = true
      return first
    }
    if (this.#unanswered.size > 0) throw this.#unanswered.error(undefined, name)
    const text = `calls between threads are more than ${String(LEVELS.length - left)} deep`
    throw new HandleError('EDEADLK', { text, syscall: name })
  }

  #isFree(level: number): boolean {
    const { words, thread } = this.#memory
    return this.#isBusy[level] !== true && stateOf(Atomics.load(words, entryOf(thread, level) + C_STATE)) === IDLE
  }

  /** For how many rounds a call is kept that is not made again. */
  get #rounds(): number {
    return Math.ceil(this.#memory.patienceMs / AGAIN_MS)
  }
}

/** After how many ms a call that was not answered is made again: this thread can wait as long as before by then. */
export const AGAIN_MS = 100

/** Whether the home has answered, or will not. */
function isOver(word: number): boolean {
  return stateOf(word) === DONE || stateOf(word) === FAILED
}

function timedOut(memory: CallMemory, home: number, syscall: string): HandleError {
  const text = `thread ${String(home)}, where the object is at home, has not answered for ${String(memory.patienceMs)} ms`
  return new HandleError('ETIMEDOUT', { text, syscall })
}
