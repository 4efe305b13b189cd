import { EAGAIN } from '../../errors/numbers.js'
import { HandleError, isHandleError } from '../../errors/handle-error.js'
import {
  ATTACHED,
  HEADER_WORDS,
  H_ATTENTION,
  H_AWAKE,
  H_CORES,
  QUEUE_BITS,
  QUEUE_WORDS,
  THREAD_WORDS,
  T_ATTENTION,
  T_AWAKE,
  T_CHANGES,
  T_DOORBELL,
  T_INBOX,
  T_SIGNALS,
  T_STATE,
} from '../words/layout.js'
import { Patience } from '../words/patience.js'
import { pause } from '../words/pause.js'
import { indexOf, recordAt } from '../objects/records.js'
import { threadsOf } from '../words/turn.js'
import type { Words } from '../words/words.js'

/** A memory in which this thread can wait. */
export interface WaitMemory extends Words {
  readonly waits: Waits
  readonly calls: WaitedCalls
}

/** Calls that may have to be made again. */
export interface WaitedCalls {
  /** For how many ms this thread may sleep before it makes calls again that were not answered; Infinity if there are none. */
  readonly againMs: number
}

/** How a thread sleeps until something that it waits for has changed. */
export interface Sleep {
  /** When it ends in any case, by `performance.now()`; Infinity for never. */
  readonly deadline: number
  /** Asked after each ring: whether the wait is to end by EINTR. */
  readonly isInterrupted?: (() => boolean) | undefined
  /** Whether an attempt is so cheap that it is worth a few thousand before sleeping. */
  readonly spins: boolean
}

/**
 * Waiting and waking between threads. `Atomics.wait` takes one address, so each thread has one word to wait on, its
 * doorbell, and whatever may change has a queue: a bit for each thread that waits.
 *
 * Where a memory has more threads than a queue has bits, several have a bit in common: all of them are told of a change.
 * The bit that one of them finds set may be another's, so each also has a count of the changes that it was told of.
 *
 * A waiter reads the doorbell, sets its bit, looks, and sleeps while the doorbell is as it was read. A thread that
 * changes something publishes the change, takes the bits, and rings. Each step is sequentially consistent, so either the
 * waiter sees the change or the other sees its bit; and a ring between reading the doorbell and sleeping on it
 * ends the sleep at once. A ring says "look again" and nothing more, so one too many does no harm: after a death
 * every thread is rung, since the dead one may have taken bits and not rung them.
 */
export class Waits {
  readonly #memory: WaitMemory
  /** Of each queue that is waited on here without blocking, who wants to be called. */
  readonly #listeners = new Map<number, Set<() => void>>()
  #isListening = false
  readonly #patience = new Patience()
  /** How often calls of other threads were answered. */
  #calls = 0
  /** How many of the changes that it was told of this thread has looked at. */
  #changes = 0
  /** How often somebody was told of a change. */
  #tells = 0
  #keepAlive: ReturnType<typeof setInterval> | undefined
  /** Serves calls that other threads make into this one; set when there can be some. */
  serveCalls: (() => void) | undefined
  #signalled: ((signals: number) => void) | undefined
  /** Looks at a record that wants something of this thread. */
  attendTo: ((record: number) => void) | undefined

  constructor(memory: WaitMemory) {
    this.#memory = memory
  }

  /** Rings one thread. */
  ring(thread: number): void {
    const { words } = this.#memory
    // A broken word may have named it.
    if (thread < 0 || thread >= this.#memory.threadLimit) return
    const at = HEADER_WORDS + thread * THREAD_WORDS + T_DOORBELL
    Atomics.add(words, at, 1)
    PAUSE: pause('ring: counted')
    // A blocked thread and its event loop may both wait on it.
    Atomics.notify(words, at)
  }

  /** Has every thread look again at what it waits for. */
  ringAll(): void {
    const { words } = this.#memory
    const threads = threadsOf(this.#memory)
    for (let thread = 0; thread < threads; thread++) {
      if (Atomics.load(words, HEADER_WORDS + thread * THREAD_WORDS + T_STATE) === ATTACHED) this.#change(thread)
    }
  }

  /** Tells the task of a thread of a signal, 1 to 31: a bit for each that it has not been told of. */
  signal(thread: number, signal: number): void {
    Atomics.or(this.#memory.words, HEADER_WORDS + thread * THREAD_WORDS + T_SIGNALS, 1 << signal)
    this.ring(thread)
  }

  /**
   * Has a function told of the signals that this thread's task is sent, a bit for each since it was last told. What was
   * sent before is dropped: it was for a task that has ended.
   */
  tellSignals(signalled: ((signals: number) => void) | undefined): void {
    const { words, threadAt } = this.#memory
    Atomics.store(words, threadAt + T_SIGNALS, 0)
    this.#signalled = signalled
  }

  /** Has everybody who waits on a queue look again. What they wait for must have been published. */
  wake(queue: number): void {
    const { words, thread, threadLimit, sharesBits } = this.#memory
    for (let half = 0; half < QUEUE_WORDS; half++) {
      if (Atomics.load(words, queue + half) === 0) continue
      let waiting = Atomics.exchange(words, queue + half, 0)
      PAUSE: pause('wake: taken')
      // Without bits in common no other thread has one: what is behind the first one need not be looked for.
      const end = sharesBits ? threadsOf(this.#memory) : threadLimit
      while (waiting !== 0) {
        const first = half * 32 + 31 - Math.clz32(waiting & -waiting)
        waiting &= waiting - 1
        for (let waiter = first; waiter < end; waiter += QUEUE_BITS) {
          if (waiter !== thread) this.#change(waiter)
          // Listeners in the thread that changes something are told at once.
          else if (this.#listeners.has(queue)) this.#tell(queue)
        }
      }
    }
  }

  /** Has a thread look at a record: it is told once, however often it is asked before it looks. */
  attend(record: number, thread: number): void {
    const memory = this.#memory
    const { words } = memory
    if (thread < 0 || thread >= this.#memory.threadLimit) return
    const index = indexOf(memory, record)
    Atomics.or(words, attentionOf(memory, thread) + (index >> 5), 1 << (index & 31))
    Atomics.store(words, HEADER_WORDS + thread * THREAD_WORDS + T_ATTENTION, 1)
    this.ring(thread)
  }

  /** Sets this thread's bit in a queue, so that its next change rings; whether it is known to have been set, so that nothing has changed since. */
  enlist(queue: number): boolean {
    const { words, thread, sharesBits } = this.#memory
    const bit = 1 << (thread & 31)
    const before = Atomics.or(words, queue + ((thread & (QUEUE_BITS - 1)) >> 5), bit)
    return !sharesBits && (before & bit) !== 0
  }

  /**
   * Blocks until an attempt answers something else than −EAGAIN: that answer. It is made again after each change of
   * one of these queues.
   *
   * @throws ETIMEDOUT at the deadline; EINTR; EDEADLK on a page's main thread, which may not block
   */
  block(queues: readonly number[], attempt: () => number, sleep: Sleep, syscall: string): number {
    const memory = this.#memory
    const { words, doorbell, threadAt } = memory
    if (!memory.canWait) {
      throw new HandleError('EDEADLK', { text: 'this thread may not block: wait for a promise instead', syscall })
    }
    if (words[threadAt + T_AWAKE] === 0) this.#awake()
    for (let hasSlept = false; ; hasSlept = true) {
      const rounds = sleep.spins ? this.rounds() : 0
      for (let i = 0; i < rounds; i++) {
        const answer = attempt()
        if (answer === -EAGAIN) continue
        // Right after a ring the first look succeeds, and says nothing of the next wait.
        if (!hasSlept) this.#patience.found(i)
        return answer
      }
      if (rounds > 0) this.#patience.missed(rounds)
      let seen = Atomics.load(words, doorbell)
      const changes = this.#changesTold()
      PAUSE: pause('wait: doorbell read')
      for (const queue of queues) this.enlist(queue)
      PAUSE: pause('wait: enlisted')
      this.answerRing()
      const tells = this.#tells
      const answer = attempt()
      if (answer !== -EAGAIN) return answer
      const rung = Atomics.load(words, doorbell)
      PAUSE: pause('wait: doorbell read again')
      if (rung !== seen) {
        // An attempt that is a call to another thread is rung for its answer: only a change is a reason to look again,
        // be it one that this thread makes by answering.
        seen = rung
        this.answerRing()
        const isUnchanged = this.#changesTold() === changes && queues.every((queue) => this.#isEnlisted(queue))
        if (this.#tells !== tells || !isUnchanged) continue
      }
      if (sleep.isInterrupted?.() === true) throw new HandleError('EINTR', { syscall })
      const rest = sleep.deadline - performance.now()
      if (rest <= 0) throw new HandleError('ETIMEDOUT', { syscall })
      PAUSE: pause('wait: about to sleep')
      // Nothing rings when a home that has not answered can be asked again.
      this.sleep(seen, Math.min(rest, memory.calls.againMs))
    }
  }

  /** How often to look before sleeping: it pays while there is a core for the thread that is waited for. */
  rounds(): number {
    const { words, spins } = this.#memory
    return words[H_AWAKE]! <= words[H_CORES]! ? this.#patience.looks(spins) : 0
  }

  /** Sleeps while the doorbell is what it was. */
  sleep(seen: number, ms: number): void {
    const { words, doorbell } = this.#memory
    this.#asleep()
    Atomics.wait(words, doorbell, seen, ms)
    this.#awake()
  }

  /** Calls `wake` after each change of a queue, until the function that comes back is called. Keeps the thread alive. */
  listen(queue: number, wake: () => void): () => void {
    let listeners = this.#listeners.get(queue)
    if (listeners === undefined) this.#listeners.set(queue, (listeners = new Set()))
    // Each is an entry of its own, also when two listen with one function.
    const entry = () => {
      wake()
    }
    listeners.add(entry)
    if (!this.enlist(queue)) {
      // The change that is waited for may have come before the bit was set: look once more.
      queueMicrotask(() => {
        this.#tell(queue)
      })
    }
    this.serve()
    this.#keepAlive ??= setInterval(() => undefined, 2 ** 30)
    return () => {
      if (!listeners.delete(entry) || listeners.size > 0) return
      if (this.#listeners.get(queue) === listeners) this.#listeners.delete(queue)
      if (this.#listeners.size === 0) this.#rest()
    }
  }

  /** Answers rings between other work of this thread's event loop, until it leaves the memory. */
  serve(): void {
    if (this.#isListening) return
    this.#isListening = true
    void this.#answerForever()
  }

  /** Does what others have rung for: calls into this thread, records that want something, changes that are waited for. */
  answerRing(): void {
    const { words, threadAt } = this.#memory
    this.lookAtRecords()
    if (Atomics.load(words, threadAt + T_INBOX) !== 0 || Atomics.load(words, threadAt + T_INBOX + 1) !== 0) {
      this.#calls++
      this.serveCalls?.()
    }
    if (this.#signalled !== undefined && Atomics.load(words, threadAt + T_SIGNALS) !== 0) {
      this.#signalled(Atomics.exchange(words, threadAt + T_SIGNALS, 0))
    }
    if (this.#listeners.size === 0) return
    const changes = this.#changesTold()
    const mayHaveChanged = changes !== this.#changes
    this.#changes = changes
    for (const queue of [...this.#listeners.keys()]) {
      if (mayHaveChanged || !this.#isEnlisted(queue)) this.#tell(queue)
    }
  }

  /** Looks at the records that want something of this thread: all that others left to it before this. */
  lookAtRecords(): void {
    const memory = this.#memory
    const { words, thread, threadAt } = memory
    if (Atomics.load(words, threadAt + T_ATTENTION) === 0) return
    Atomics.store(words, threadAt + T_ATTENTION, 0)
    const from = attentionOf(memory, thread)
    for (let i = 0; i * 32 < memory.objects; i++) {
      if (Atomics.load(words, from + i) === 0) continue
      let wanting = Atomics.exchange(words, from + i, 0)
      while (wanting !== 0) {
        const bit = 31 - Math.clz32(wanting & -wanting)
        wanting &= wanting - 1
        if (i * 32 + bit < memory.objects) this.attendTo?.(recordAt(memory, i * 32 + bit))
      }
    }
  }

  /** Has all that is waited for in this thread's event loop looked at again. */
  tellAll(): void {
    for (const queue of [...this.#listeners.keys()]) this.#tell(queue)
  }

  /** Ends what keeps the thread alive. */
  stop(): void {
    this.#listeners.clear()
    this.#rest()
    this.ring(this.#memory.thread)
  }

  async #answerForever(): Promise<void> {
    let wakes = 0
    const memory = this.#memory
    const { words, doorbell } = memory
    let turn = performance.now()
    while (memory.attached) {
      const seen = Atomics.load(words, doorbell)
      const calls = this.#calls
      try {
        memory.settleTurn()
        this.answerRing()
      } catch (error) {
        // A signal's function, or a lock that cannot be had: it is told, and others are answered all the same.
        // The thread that serves goes on, whatever a broken memory makes it come upon; defects are told there too.
        if (!memory.mayServe || !mayBeOfMemory(error)) {
          queueMicrotask(() => {
            throw error
          })
        }
      }
      // A caller is likely to call again, and sooner than this thread would be awake again.
      for (let i = calls === this.#calls ? 0 : this.rounds(); i > 0 && Atomics.load(words, doorbell) === seen; i--);
      const wait = Atomics.load(words, doorbell) === seen ? Atomics.waitAsync(words, doorbell, seen) : undefined
      // Node answers rings before anything else that it has to do: who is rung all the time never got to that.
      if (wait?.async === true) {
        this.#asleep()
        await wait.value
        if (++wakes % WAKES_A_TURN === 0) await nextTurn()
      } else if (performance.now() - turn < TURN_MS) continue
      else await nextTurn()
      turn = performance.now()
    }
  }

  #awake(): void {
    const { words, threadAt } = this.#memory
    Atomics.add(words, H_AWAKE, 1)
    words[threadAt + T_AWAKE] = 1
  }

  #asleep(): void {
    const { words, threadAt } = this.#memory
    if (words[threadAt + T_AWAKE] === 0) return
    Atomics.sub(words, H_AWAKE, 1)
    words[threadAt + T_AWAKE] = 0
  }

  /** Rings one thread for a change of a queue that it may wait on. */
  #change(thread: number): void {
    const { words, sharesBits } = this.#memory
    if (sharesBits) {
      Atomics.add(words, HEADER_WORDS + thread * THREAD_WORDS + T_CHANGES, 1)
      PAUSE: pause('change: counted')
    }
    this.ring(thread)
  }

  /** How many changes this thread was told of; they are counted only where threads have bits in common. */
  #changesTold(): number {
    const { words, threadAt, sharesBits } = this.#memory
    return sharesBits ? Atomics.load(words, threadAt + T_CHANGES) : 0
  }

  /** Whether this thread's bit is set, so that nothing has changed since, if no other thread has the same. */
  #isEnlisted(queue: number): boolean {
    const { words, thread } = this.#memory
    return ((Atomics.load(words, queue + ((thread & (QUEUE_BITS - 1)) >> 5)) >> (thread & 31)) & 1) === 1
  }

  #tell(queue: number): void {
    const listeners = this.#listeners.get(queue)
    if (listeners === undefined) return
    // What changes from here on rings again.
    this.enlist(queue)
    this.#tells++
    for (const listener of [...listeners]) {
      try {
        listener()
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  #rest(): void {
    clearInterval(this.#keepAlive)
    this.#keepAlive = undefined
  }
}

/** How long rings are answered, in ms, before all else that the thread's event loop has to do gets its turn. */
const TURN_MS = 2
/** After this many rings the event loop gets a turn, though each was waited for. */
const WAKES_A_TURN = 64

/** Whether an error may come of what stands in the memory, or of a lock or a stack, and not of a defect. */
function mayBeOfMemory(error: unknown): boolean {
  return (
    isHandleError(error) ||
    error instanceof RangeError ||
    (typeof WebAssembly !== 'undefined' && error instanceof WebAssembly.RuntimeError)
  )
}

function nextTurn(): Promise<void> {
  const { setImmediate: soon = setTimeout } = globalThis as { setImmediate?: (call: () => void) => unknown }
  return new Promise((resolve) => {
    soon(resolve)
  })
}

/** Where the bits of the records begin that want something of a thread. */
function attentionOf({ words, objects }: Words, thread: number): number {
  return words[H_ATTENTION]! + thread * Math.ceil(objects / 32)
}
