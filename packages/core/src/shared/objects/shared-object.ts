import { HandleError } from '../../errors/handle-error.js'
import { dropReference, ignoringErrors, OpenObject, tellOfDrop } from '../../object/open-object.js'
import { Lent } from '../../object/reference.js'
import { isProtectedHere, othersHaveEnded, unprotect } from './hazards.js'
import {
  H_ID,
  H_SERVER,
  HOME_GONE,
  DROP,
  ENDED,
  HOLDER,
  MOST_HOLDERS,
  MOST_REFERENCES,
  R_ACCESS,
  R_COUNT,
  R_HOME,
  R_ID,
  R_INFERRED,
  R_OPERATIONS,
  R_OWED,
  R_RELEASER,
  R_STATE,
  R_STATUS,
  RELEASED,
  UNUSED,
  WHOLE,
} from '../words/layout.js'
import { isLockBusy } from '../words/lock-busy.js'
import { isHeld, pause } from '../words/pause.js'
import { freeRecord, indexOf } from './records.js'
import type { Kind } from '../../kind/kind.js'
import type { Hot } from '../hot/hot.js'
import type { Words } from '../words/words.js'

/** What objects need of the memory that they are in, beside its words: each other, their kinds, and a way to tell threads. */
export interface ObjectMemory extends Words {
  /** Of each record, by its index, the object that stands for it here. */
  readonly known: (SharedObject | undefined)[]
  /** Objects whose last reference went while this thread was still using them. */
  readonly deferred: SharedObject[]
  /** The steps that are made most as WebAssembly; undefined where JavaScript has to make them. */
  readonly hot: Hot | undefined
  readonly bindings: ObjectKinds
  readonly waits: ObjectWaits
}

/** The kinds of a memory, as its objects need them. */
export interface ObjectKinds {
  /** The number of a kind among the memory's names. @throws ENOMEM when there is no room for it */
  numberOf(kind: Kind): number
  /** Whether this thread can use objects of a kind that live in the memory. */
  has(kind: Kind): boolean
  /** Whether a kind stands for one that this thread was not given. */
  isMissing(kind: Kind): boolean
  /** A new object for a record that is held or protected. */
  makeObject(record: number): SharedObject
}

/** How objects tell threads of something. */
interface ObjectWaits {
  /** Has a thread do what others have left to it. */
  ring(thread: number): void
  /** Has a thread look at a record. */
  attend(record: number, thread: number): void
  /** Has everybody who waits on a queue look again. */
  wake(queue: number): void
  /** Has this thread answer others from now on. */
  serve(): void
}

/**
 * An open object whose counts and status are words of a record, as one thread sees it. Each thread has one for a
 * record that it meets.
 *
 * Each count is changed by one atomic step, and the thread's own row, which says what it would give back by
 * dying, by a plain one right behind it: a thread dies at neither place between them.
 */
export class SharedObject<S = unknown> extends OpenObject<S> {
  readonly memory: ObjectMemory
  /** The address of its record. */
  readonly record: number
  /** The word that says which object the record stands for: a record serves another one when its object has gone. */
  readonly identity: number
  /** The word that says what this thread holds of it. */
  readonly row: number
  /** The same of its operations, and of drops of holders that the kind is not told of yet. */
  readonly #operations: number
  /** Whether its home has not answered the last call of this thread. */
  isUnanswered = false
  /** References that went while this thread was still using the object without a count. */
  #kept = 0
  #released = false

  constructor(memory: ObjectMemory, record: number, kind: Kind<S>, state: S) {
    const { words } = memory
    const identity = words[record + R_ID]!
    super(idOf(memory, identity), kind, state, words[record + R_ACCESS]!)
    this.memory = memory
    this.record = record
    this.identity = identity
    this.row = memory.heldAt + indexOf(memory, record)
    this.#operations = memory.heldOperationsAt + indexOf(memory, record)
    this.lent = new Lent(this)
  }

  get status(): number {
    return this.memory.words[this.record + R_STATUS]!
  }

  set status(status: number) {
    Atomics.store(this.memory.words, this.record + R_STATUS, status)
  }

  get inferred(): number {
    return this.memory.words[this.record + R_INFERRED]!
  }

  set inferred(packed: number) {
    Atomics.store(this.memory.words, this.record + R_INFERRED, packed)
  }

  get holders(): number {
    return this.#isCurrent ? Atomics.load(this.memory.words, this.record + R_COUNT) >>> 16 : 0
  }

  get references(): number {
    return this.#isCurrent ? Atomics.load(this.memory.words, this.record + R_COUNT) & MOST_REFERENCES : 0
  }

  get released(): boolean {
    return this.#released || !this.#isCurrent || this.#isLeftToHome
  }

  override get isAway(): boolean {
    const { words, self } = this.memory
    const home = words[this.record + R_HOME]!
    return home !== 0 && home !== self && home !== HOME_GONE
  }

  override get mayBeBusy(): boolean {
    return this.memory.words[this.record + R_HOME] === 0 ? this.kind.shared !== undefined : this.isUnanswered
  }

  get isLent(): boolean {
    return this.#isInUse || isProtectedHere(this.memory, this.record)
  }

  /** @throws EBADF when the object has gone meanwhile; ENOMEM when the counts have no room */
  count(holders: number, references: number): number {
    if (!this.memory.attached) return this.#countAfterLeaving(holders, references)
    if (holders > 0 || references > 0) {
      if (!tryRetain(this.memory, this.record, holders * HOLDER + references)) throw new HandleError('EBADF')
      return this.holders
    }
    let fewer = references
    if (references < 0 && this.#isInUse) {
      // A table of this thread, or a hook, is using it: its end gives this reference back too.
      if (this.#kept++ === 0) this.uses--
      fewer = 0
    }
    const change = -holders * HOLDER - fewer
    if (change === 0) return this.holders
    const after = this.#drop(change)
    if (references === 0) {
      this.memory.words[this.#operations] = this.memory.words[this.#operations]! + DROP
      PAUSE: pause('drop: counted')
    }
    if (after === 0) {
      PAUSE: pause('release: last')
      this.last()
    }
    return after >>> 16
  }

  endBorrow(): void {
    const { memory } = this
    if (!unprotect(memory, this.record)) this.#endUse()
    if (memory.deferred.length > 0) settleDeferred(memory)
  }

  releaseUnused(): void {
    // The last borrow by a table of this thread has ended, after references had gone.
    this.uses = 1
    const references = this.#kept
    this.#kept = 0
    for (let i = 0; i < references; i++) this.count(0, -1)
  }

  beginOperation(): void {
    const { words } = this.memory
    const row = this.#operations
    this.count(0, 1)
    PAUSE: pause('operation: counted')
    Atomics.add(words, this.record + R_OPERATIONS, 1)
    words[row] = words[row]! + 1
    PAUSE: pause('operation: begun')
  }

  endOperation(): void {
    const { words, attached } = this.memory
    if (!attached) return
    const row = this.#operations
    const before = Atomics.sub(words, this.record + R_OPERATIONS, 1)
    words[row] = (words[row]! - 1) | (before === 1 ? ENDED : 0)
    PAUSE: pause('operation: ended')
    if (before === 1) {
      this.operationsEnded()
      words[row] = words[row] & ~ENDED
    }
    ignoringErrors(dropReference, this)
  }

  owesDrop(): boolean {
    const { words } = this.memory
    const row = this.#operations
    if (Atomics.load(words, this.record + R_OPERATIONS) === 0) return false
    Atomics.add(words, this.record + R_OWED, 1)
    words[row] = words[row]! - DROP
    PAUSE: pause('drop: owed')
    // The last operation may have ended just before that: then nobody else will tell.
    if (Atomics.load(words, this.record + R_OPERATIONS) === 0) this.#tellOwed()
    return true
  }

  toldOfDrop(): void {
    if (!this.memory.attached) return
    this.memory.words[this.#operations] = this.memory.words[this.#operations]! - DROP
  }

  /** The last operation has ended. It may have been all that stood for holders to a kind that looks at the record. */
  operationsEnded(): void {
    const isBare = this.#tellOwed() === 0 && this.kind.shared !== undefined && this.holders === 0
    if (isBare && this.memory.words[this.record + R_HOME] === 0) ignoringErrors(tellOfDrop, this)
  }

  /** Has the counts of a private object, if it stands for one, follow a change that was made past it. */
  follow(): void {
    // Its counts are the record's.
  }

  /** The last reference has gone, and it is this thread's to release the object. */
  last(): void {
    const { memory, record } = this
    const home = Atomics.load(memory.words, record + R_HOME)
    if (home !== 0 && home !== memory.self && home !== HOME_GONE) this.#leaveToHome(home)
    else if (this.isLent) this.defer()
    else if (!this.canRelease || !othersHaveEnded(memory, record)) hand(memory, record, memory.words[H_SERVER]!)
    else this.release()
  }

  /** Whether this thread has the kind's hooks, and may release its objects. */
  get canRelease(): boolean {
    const { memory, kind } = this
    return !memory.bindings.isMissing(kind) && (memory.isServer || kind.shared?.releasedByServer !== true)
  }

  /** Has it released when the borrows of this thread have ended. */
  defer(): void {
    const { deferred, waits, thread } = this.memory
    if (deferred.includes(this)) return
    deferred.push(this)
    // A borrow that the end of the stack has cut off ends with the turn: the next one is to come.
    waits.ring(thread)
  }

  /** Calls the kind's release hook and gives the record back. */
  release(): void {
    if (this.#released) return
    const { memory, record } = this
    this.markReleased()
    memory.known[indexOf(memory, record)] = undefined
    this.#callRelease()
  }

  /** Calls the release hook, again and again while there is a lock that it cannot have, and gives the record back. */
  #callRelease(): void {
    const { memory, record, identity } = this
    const { words } = memory
    let isOver = true
    try {
      this.kind.release?.(this)
    } catch (error) {
      isOver = !isLockBusy(error)
      if (isOver) throw error
      memory.later.add(() => {
        // This thread may have done it meanwhile, as the cleaner of another one's number.
        if (words[record + R_ID] === identity && words[record + R_STATE] === WHOLE) this.#callRelease()
      })
    } finally {
      if (isOver) {
        // Right behind the hook: the cleaner of this thread's number does not call it again.
        words[record + R_STATE] = RELEASED
        PAUSE: pause('release: hook has run')
        freeRecord(memory, record)
      }
    }
  }

  protected markReleased(): void {
    this.#released = true
  }

  /** Whether a table of this thread, or a hook, is using it without a count in the record. */
  get #isInUse(): boolean {
    return this.uses > 1 || this.#kept > 0
  }

  /** Whether it is at home elsewhere, and nobody may use it any more: the home releases it. */
  get #isLeftToHome(): boolean {
    const { words, self } = this.memory
    const home = words[this.record + R_HOME]!
    return home !== 0 && home !== self && Atomics.load(words, this.record + R_COUNT) === 0 && !this.isLent
  }

  get #isCurrent(): boolean {
    const { words } = this.memory
    return this.memory.attached && words[this.record + R_ID] === this.identity && words[this.record + R_STATE] !== UNUSED
  }

  #drop(change: number): number {
    const { words, self } = this.memory
    let { hot } = this.memory
    PAUSE: if (isHeld()) hot = undefined
    const { record, row } = this
    if (hot !== undefined) return hot.drop(record, row, change, self)
    const after = Atomics.sub(words, record + R_COUNT, change) - change
    words[row] = words[row]! - change
    if (after === 0) words[record + R_RELEASER] = self
    return after
  }

  /** What this thread held was given back when it left. */
  #countAfterLeaving(holders: number, references: number): number {
    if (holders > 0 || references > 0) throw new HandleError('EBADF', { text: 'this thread has left the shared memory' })
    return 0
  }

  #leaveToHome(home: number): void {
    const { memory, record } = this
    const { words } = memory
    hand(memory, record, home - 1)
    // It may have ended just before that: then the first thread that sees it releases the object.
    if (Atomics.load(words, record + R_HOME) !== HOME_GONE) return
    if (Atomics.compareExchange(words, record + R_RELEASER, home, memory.self) === home) this.last()
  }

  #endUse(): void {
    if (--this.uses === 0) this.releaseUnused()
  }

  #tellOwed(): number {
    const { words } = this.memory
    const row = this.#operations
    const owed = Atomics.exchange(words, this.record + R_OWED, 0)
    if (owed !== 0) words[row] = (words[row]! & ~ENDED) + owed * DROP
    PAUSE: pause('drop: taken over')
    for (let i = 0; i < owed; i++) {
      ignoringErrors(tellOfDrop, this)
      this.toldOfDrop()
    }
    return owed
  }
}

/**
 * Counts references and holders more of whatever a record stands for, unless it stands for nothing any more.
 *
 * @throws ENOMEM when the counts have no room
 */
export function tryRetain(memory: Words, record: number, change: number): boolean {
  const { words } = memory
  for (;;) {
    const before = words[record + R_COUNT]!
    const row = memory.heldAt + indexOf(memory, record)
    PAUSE: pause('retain: count read')
    if ((before & MOST_REFERENCES) === 0) return false
    if ((before & MOST_REFERENCES) === MOST_REFERENCES || (change >= HOLDER && before >>> 16 === MOST_HOLDERS)) {
      throw new HandleError('ENOMEM', { text: 'an open object has as many holders or references as can be counted' })
    }
    if (Atomics.compareExchange(words, record + R_COUNT, before, before + change) === before) {
      words[row] = words[row]! + change
      return true
    }
  }
}

/** Releases what this thread has stopped using. */
export function settleDeferred(memory: ObjectMemory): void {
  for (const object of [...memory.deferred]) {
    if (object.isLent) continue
    memory.deferred.splice(memory.deferred.indexOf(object), 1)
    object.last()
  }
}

/** The number of an object, which no private one of this or another thread is likely to bear. */
function idOf({ words }: Words, identity: number): number {
  return 2 ** 32 * (1 + (words[H_ID]! & 0xfffff)) + (identity >>> 0)
}

/** Leaves a record to another thread, which looks at it when it has been rung for. */
function hand(memory: ObjectMemory, record: number, thread: number): void {
  Atomics.store(memory.words, record + R_RELEASER, thread + 1)
  PAUSE: pause('release: handed')
  memory.waits.attend(record, thread)
}
