import { holdAtPauses } from '../../src/shared/words/pause.js'
import {
  BLOCKED,
  BLOCKED_AT,
  BLOCKED_VALUE,
  CAME,
  CHOICES,
  CHOSEN,
  DONE,
  ENABLED,
  FAULT,
  FAULT_DETAIL,
  FAULTS,
  GIVEN,
  MOST_CHOICES,
  POINT,
  RUNNABLE,
  STATUS,
  SWITCHES,
  THREADS,
  TURN,
  TURN_APART,
  type Fault,
} from './control.js'
import { POINTS } from './points.js'
import type { SharedMemory } from '../../src/shared/index.js'

/** Thrown where a thread is held when the run has been given up. */
class GivenUp extends Error {}

/** Looks before a thread sleeps until its turn: others take some microseconds. */
const SPINS = 3000

/**
 * One thread's part in taking turns. Its pause points hold it there when it is somebody else's turn. Where it would
 * sleep until a word changes it is blocked, and no turn is given to it until the word has changed: so
 * `Atomics.wait` itself never waits here, and a wait that would never end is seen at once.
 */
export class Turns {
  readonly control: Int32Array
  readonly self: number
  /** As which thread of the memory it runs. */
  memory: SharedMemory
  /** Points that are passed by. */
  #isPassed: (point: string) => boolean = () => false
  #isRunning = false
  /** The doorbell as the wait that is being prepared read it. */
  #bell = 0

  constructor(control: Int32Array, self: number, memory: SharedMemory) {
    this.control = control
    this.self = self
    this.memory = memory
    holdAtPauses((point) => {
      if (this.#isRunning) this.#at(point)
    })
  }

  /** Runs a program of this thread's, whose turn it is or will be. */
  run(isPassed: (point: string) => boolean, program: () => void): void {
    this.#isPassed = isPassed
    this.control[STATUS + this.self] = RUNNABLE
    this.#isRunning = true
    try {
      program()
    } catch (error) {
      if (!(error instanceof GivenUp)) this.fault('something unexpected was thrown', 0, error)
    }
    this.#isRunning = false
    this.control[STATUS + this.self] = DONE
  }

  /** Holds the thread here if it is to be another one's turn. */
  pause(point: string): void {
    if (this.#isRunning) this.#choose(point)
  }

  /** Passes the turn on after this thread's program: whose it is now. */
  pass(): number {
    return this.#next('program ends')
  }

  /** Something is wrong: all threads end what they do. */
  fault(fault: Fault, detail = 0, error?: unknown): void {
    if (error !== undefined) console.error(error)
    if (this.control[FAULT] !== 0) return
    this.control[FAULT] = FAULTS.indexOf(fault)
    this.control[FAULT_DETAIL] = detail
  }

  /** Makes it another thread's turn. */
  give(thread: number): void {
    const { control } = this
    control[SWITCHES] = control[SWITCHES]! + 1
    Atomics.store(control, TURN + thread * TURN_APART, 1)
    Atomics.notify(control, TURN + thread * TURN_APART)
  }

  /** Waits until it is this thread's turn. */
  await(): void {
    const { control, self } = this
    const at = TURN + self * TURN_APART
    for (let i = 0; i < SPINS && Atomics.load(control, at) === 0; i++);
    while (Atomics.load(control, at) === 0) Atomics.wait(control, at, 0)
    Atomics.store(control, at, 0)
  }

  #at(point: string): void {
    const { control, self } = this
    const { memory } = this
    if (point === 'lock: marked') this.#block(point, memory.words[memory.locksAt + memory.locksHeld - 1]!)
    else if (point === 'wait: about to sleep') this.#block(point, memory.doorbell, this.#bell)
    else {
      // Nothing comes between the reading and this point.
      if (point.startsWith('wait: doorbell read')) this.#bell = memory.words[memory.doorbell]!
      if (!this.#isPassed(point)) this.#choose(point)
    }
    control[STATUS + self] = RUNNABLE
  }

  #block(point: string, at: number, value = this.memory.words[at]!): void {
    const { control, self } = this
    control[BLOCKED_AT + self] = at
    control[BLOCKED_VALUE + self] = value
    control[STATUS + self] = BLOCKED
    this.#choose(point)
  }

  #choose(point: string): void {
    const next = this.#next(point)
    if (next !== this.self) this.await()
    if (this.control[FAULT] !== 0) throw new GivenUp()
  }

  /** Whose turn it is now. If it is another thread's, that one has been told. */
  #next(point: string): number {
    const { self } = this
    const next = this.#chosen(point)
    if (next !== self) this.give(next)
    return next
  }

  #chosen(point: string): number {
    const { control, self } = this
    if (control[FAULT] !== 0) return 0
    let enabled = 0
    let areAllDone = true
    for (let thread = 0; thread < control[THREADS]!; thread++) {
      if (control[STATUS + thread] !== DONE) areAllDone = false
      if (this.#isEnabled(thread)) enabled |= 1 << thread
    }
    // Thread 0 looks at the outcome.
    if (areAllDone) return 0
    if (enabled === 0) {
      this.fault('all threads wait for ever')
      return 0
    }
    const usual = (enabled >> self) & 1 ? self : 31 - Math.clz32(enabled & -enabled)
    // Where only one can go on there is nothing to choose.
    if ((enabled & (enabled - 1)) === 0) return usual
    const choice = control[CHOICES]!
    if (choice >= MOST_CHOICES) throw new Error('the programs are too long')
    control[CHOICES] = choice + 1
    const isGiven = choice < control[GIVEN]!
    if (isGiven && control[ENABLED + choice] !== enabled) this.fault('the run was not the same as the one before it', choice)
    const chosen = isGiven ? control[CHOSEN + choice]! : usual
    control[CHOSEN + choice] = chosen
    control[ENABLED + choice] = enabled
    control[CAME + choice] = self
    control[POINT + choice] = POINTS.indexOf(point)
    return chosen
  }

  #isEnabled(thread: number): boolean {
    const { control } = this
    if (control[STATUS + thread] === RUNNABLE) return true
    if (control[STATUS + thread] === DONE) return false
    return Atomics.load(this.memory.words, control[BLOCKED_AT + thread]!) !== control[BLOCKED_VALUE + thread]
  }
}
