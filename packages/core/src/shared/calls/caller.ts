import { HandleError } from '../../errors/handle-error.js'
import { Reference } from '../../object/kernel-object.js'
import { HEADER_WORDS, HOLDER, HOME_GONE, QUEUE_BITS, R_HOME, R_ID, T_INBOX, THREAD_WORDS } from '../layout.js'
import { objectAt } from '../object-at.js'
import { pause } from '../pause.js'
import { indexOf } from '../records.js'
import { readAnswer } from './answer.js'
import { copyBack, holdArguments, releaseArguments, sizeOf, writeArguments, type HeldArguments } from './arguments.js'
import { Blocks } from './blocks.js'
import { abandon, B_COUNT, B_RESULT, clearAnswer } from './block.js'
import { freeMore } from './clean-up.js'
import { isSameCall, UnansweredCalls, type SentCall } from './unanswered.js'
import { begin, C_BLOCK, C_ID, C_METHOD, C_RECORD, C_STATE, DONE, end, ended, entryOf, EXECUTING, FAILED, homeOf, IDLE, LEVELS, PENDING, stateOf } from './entry.js'
import type { MethodSignature } from '../../kind/capability.js'
import type { KernelObject } from '../../object/kernel-object.js'
import type { SharedMemory } from '../memory.js'
import type { SharedObject } from '../shared-object.js'

/** What a call comes to when its home has ended. */
export const GONE = Symbol('gone')

/**
 * The calls that this thread makes into others. While it waits for the answer it answers calls itself, so two
 * threads may call each other; a call that it makes then has the next entry.
 */
export class Caller {
  readonly #memory: SharedMemory
  readonly #blocks: Blocks
  readonly #isBusy = LEVELS.map(() => false)
  readonly #unanswered = new UnansweredCalls()

  constructor(memory: SharedMemory) {
    this.#memory = memory
    this.#blocks = new Blocks(memory)
  }

  /**
   * Has the home of an object carry out one of its kind's methods, and waits for the answer.
   *
   * A thread that must not wait for long waits for {@link SharedMemory.callPatience}. What the home has not begun by then is
   * not done. What it is in the middle of goes on, and the same call made again takes its answer.
   *
   * @throws what the method threw; EINVAL, EBADF for arguments; ENOMEM without room for them; EDEADLK for too many
   *   calls within calls; EAGAIN where this thread may wait no longer; ETIMEDOUT where the home runs no program
   */
  call(open: SharedObject, method: number, signature: MethodSignature, args: readonly unknown[], name: string): unknown {
    this.#memory.checkAttached(name)
    const size = sizeOf(signature, args, name)
    const begun = this.#begunBefore(open, method, signature, args, name)
    if (begun !== undefined) return this.#finish(begun, name)
    const sent = this.#send(open, method, signature, args, size, name)
    return sent === GONE ? GONE : this.#finish(sent, name)
  }

  /** The same call, which this thread has made before and the home was in the middle of. @throws EAGAIN for another one of the same method */
  #begunBefore(open: SharedObject, method: number, signature: MethodSignature, args: readonly unknown[], name: string): SentCall | undefined {
    const unanswered = this.#unanswered
    if (unanswered.size === 0) return undefined
    for (const call of unanswered.takeOlderThan(this.#memory.patienceMs)) this.#end(call)
    const call = unanswered.find(open, method)
    if (call === undefined) return undefined
    if (!isSameCall(call, signature, args)) throw unanswered.error(call.home, name)
    unanswered.delete(call)
    return { ...call, args }
  }

  #send(open: SharedObject, method: number, signature: MethodSignature, args: readonly unknown[], size: number, name: string): SentCall | typeof GONE {
    const memory = this.#memory
    const { words } = memory
    const level = this.#takeLevel(name)
    let held: HeldArguments = []
    let isSent = false
    try {
      held = holdArguments(memory, signature, args, name)
      const home = (words[open.record + R_HOME] as number) - 1
      if (home === HOME_GONE - 1) return GONE
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
      return { open, record: open.record, identity: open.identity, method, signature, args, held, level, entry, home, block, since: performance.now() }
    } finally {
      if (!isSent) {
        this.#isBusy[level] = false
        releaseArguments(held)
      }
    }
  }

  /** Waits for the answer of a call that was sent, and takes it. */
  #finish(call: SentCall, name: string): unknown {
    const memory = this.#memory
    const { words } = memory
    const { open, entry, home, block, signature, args } = call
    let goesOn = false
    try {
      const inbox = HEADER_WORDS + home * THREAD_WORDS + T_INBOX + ((memory.thread & (QUEUE_BITS - 1)) >> 5)
      Atomics.or(words, inbox, 1 << (memory.thread & 31))
      memory.waits.ring(home)
      let word = this.#wait(open, entry, home)
      PAUSE: pause('call: answered')
      for (;;) {
        const state = stateOf(word)
        if (state === DONE) return this.#take(entry, word, block, signature, args)
        if (state === FAILED || state === IDLE) return GONE
        memory.checkAttached(name)
        if (memory.steady.has(home)) throw timedOut(memory, home, name)
        // What the home has not begun it is not to begin any more; it may be just about to.
        if (state === EXECUTING || end(words, entry, word)) break
        word = Atomics.load(words, entry + C_STATE)
      }
      goesOn = stateOf(word) === EXECUTING
      throw this.#unanswered.error(home, name)
    } finally {
      if (goesOn) this.#unanswered.add(call)
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
  #wait(open: SharedObject, entry: number, home: number): number {
    const memory = this.#memory
    const { words, doorbell, threadAt, waits } = memory
    for (let i = waits.rounds(); i > 0; i--) {
      const word = Atomics.load(words, entry + C_STATE)
      if (isOver(word)) return word
      if (words[threadAt + T_INBOX] !== 0 || words[threadAt + T_INBOX + 1] !== 0) waits.answerRing()
    }
    const start = performance.now()
    const isBrief = memory.isServer || !memory.canWait
    const isSteady = memory.steady.has(home)
    const deadline = isBrief ? start + (isSteady ? memory.patienceMs : memory.callPatience.left) : Infinity
    try {
      for (;;) {
        const seen = Atomics.load(words, doorbell)
        waits.answerRing()
        const word = Atomics.load(words, entry + C_STATE)
        if (isOver(word)) return word
        // The cleaner of the home may have looked here before the call was pending.
        const isGone = words[open.record + R_HOME] !== home + 1 || words[open.record + R_ID] !== open.identity
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

  /** What the answer says. */
  #take(entry: number, word: number, block: number, signature: MethodSignature, args: readonly unknown[]): unknown {
    const memory = this.#memory
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
    const record = words[block + B_RESULT] as number
    const count = words[block + B_COUNT] as number
    const row = memory.heldAt + indexOf(memory, record)
    const after = ended(word)
    Atomics.store(words, entry + C_STATE, after)
    words[row] = (words[row] as number) + count
    const open = objectAt(memory, record)
    open.follow()
    return new Reference(open, count >= HOLDER)
  }

  /** Gives back an answer that is no longer wanted. */
  #throwAway(entry: number, word: number): void {
    const { words } = this.#memory
    const block = words[entry + C_BLOCK] as number
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
    freeMore(memory, memory.words[entry + C_BLOCK] as number)
    Atomics.store(memory.words, entry + C_STATE, ended(word))
  }

  #takeLevel(name: string): number {
    const { words, thread } = this.#memory
    for (const level of LEVELS) {
      if (this.#isBusy[level] === true || stateOf(Atomics.load(words, entryOf(thread, level) + C_STATE)) !== IDLE) continue
      this.#isBusy[level] = true
      return level
    }
    if (this.#unanswered.size > 0) throw this.#unanswered.error(undefined, name)
    const text = `calls between threads are more than ${String(LEVELS.length)} deep`
    throw new HandleError('EDEADLK', { text, syscall: name })
  }
}

/** Whether the home has answered, or will not. */
function isOver(word: number): boolean {
  return stateOf(word) === DONE || stateOf(word) === FAILED
}

function timedOut(memory: SharedMemory, home: number, syscall: string): HandleError {
  const text = `thread ${String(home)}, where the object is at home, has not answered for ${String(memory.patienceMs)} ms`
  return new HandleError('ETIMEDOUT', { text, syscall })
}
