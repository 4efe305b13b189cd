import { ignoringErrors, tellOfDrop } from '../../object/open-object.js'
import { othersHaveEnded } from './hazards.js'
import { HOLDER, MOST_REFERENCES, R_COUNT, R_QUEUE, R_RELEASER, R_UNTOLD, REFERENCE } from '../words/layout.js'
import { indexOf, makeRecord, freeRecord } from './records.js'
import { SharedObject, tryRetain, type ObjectMemory } from './shared-object.js'
import type { Implementation, Kind } from '../../kind/kind.js'
import type { OpenObject } from '../../object/open-object.js'

/** A memory with objects that are at home in this thread. */
export interface HomeMemory extends ObjectMemory {
  /** Of each private object that is in a shared table and at home here, what stands for it. */
  readonly homed: Map<OpenObject, HomedObject>
}

/**
 * A private object in a shared table, as the thread sees it where it is at home. The record counts for all
 * threads; the private object's own counts follow it, so that to its kind, and to other code in this thread that
 * has it, it is one object with one count.
 */
export class HomedObject extends SharedObject {
  declare readonly memory: HomeMemory
  readonly private: OpenObject
  #holders: number
  #references: number
  #unwatch: (() => void) | undefined

  constructor(memory: HomeMemory, record: number, open: OpenObject, holders: number) {
    super(memory, record, homeKind(open.kind), open.state)
    this.private = open
    this.#holders = holders
    this.#references = 1
  }

  override get status(): number {
    return super.status
  }

  override set status(status: number) {
    super.status = status
    this.private.status = status
  }

  override count(holders: number, references: number): number {
    const left = super.count(holders, references)
    if (!this.released) this.follow()
    return left
  }

  /**
   * One reference of this thread's, which counted in the private object until now, counts in the record. False when
   * the record is about to be released: the object gets another one then.
   *
   * @throws ENOMEM when the counts have no room
   */
  takeOver(isHolder: boolean): boolean {
    const holders = isHolder ? 1 : 0
    if (!tryRetain(this.memory, this.record, holders * HOLDER + REFERENCE)) return false
    this.#holders += holders
    this.#references++
    this.follow()
    return true
  }

  override follow(): void {
    const { words } = this.memory
    // Holders go when their hooks are called.
    this.#followUntold(Atomics.load(words, this.record + R_UNTOLD))
  }

  override release(): void {
    const { memory, record } = this
    memory.known[indexOf(memory, record)] = undefined
    this.#leave()
    try {
      this.#followTo(0, 0)
    } finally {
      freeRecord(memory, record)
    }
  }

  /** The last reference has gone, and only borrows may stand in the way of the release. */
  override last(): void {
    if (this.released) return
    if (this.isLent) this.defer()
    else if (othersHaveEnded(this.memory, this.record)) this.release()
    else this.#releaseLater()
  }

  /** Has changes of readiness told to other threads, from now on. */
  watch(): void {
    const { memory, record } = this
    this.#unwatch ??= this.kind.ready?.changes(this).add(() => {
      memory.waits.wake(record + R_QUEUE)
    })
  }

  /**
   * This thread is about to leave the memory: the object is its own again, without those who had it there. They, and
   * what counts in the record, are left with an object whose home is gone.
   */
  leaveMemory(): void {
    this.memory.known[indexOf(this.memory, this.record)] = undefined
    this.#leave()
    this.follow()
    while (this.#holders > 0) {
      this.#followTo(this.#holders - 1, this.#references)
      ignoringErrors(tellOfDrop, this)
    }
    this.#followTo(0, 0)
  }

  /** Does what other threads have left to this one. */
  attend(): void {
    const { words } = this.memory
    const untold = Atomics.exchange(words, this.record + R_UNTOLD, 0)
    this.#followUntold(untold)
    for (let i = untold - 1; i >= 0; i--) {
      this.#followUntold(i)
      ignoringErrors(tellOfDrop, this)
    }
    if (Atomics.load(words, this.record + R_COUNT) === 0 && words[this.record + R_RELEASER] === this.memory.self) this.last()
  }

  /** A borrow is short, and nothing tells of its end. */
  #releaseLater(): void {
    setTimeout(() => {
      ignoringErrors(() => {
        this.last()
      }, this)
    }, 1)
  }

  #leave(): void {
    const { homed } = this.memory
    if (homed.get(this.private) === this) homed.delete(this.private)
    this.markReleased()
    this.#unwatch?.()
    this.#unwatch = undefined
  }

  /** Follows the record, where this many holders went that the kind has not been told of. The release is told last. */
  #followUntold(untold: number): void {
    const count = Atomics.load(this.memory.words, this.record + R_COUNT)
    const holders = (count >>> 16) + untold
    this.#followTo(holders, Math.max(1, holders, count & MOST_REFERENCES))
  }

  #followTo(holders: number, references: number): void {
    const [moreHolders, moreReferences] = [holders - this.#holders, references - this.#references]
    this.#holders = holders
    this.#references = references
    if (moreHolders !== 0 || moreReferences !== 0) this.private.count(moreHolders, moreReferences)
  }
}

/** The object that stands for a private one in this memory; what the reference counted counts there from now on. */
export function admitPrivate(memory: HomeMemory, open: OpenObject, isHolder: boolean): HomedObject {
  const known = memory.homed.get(open)
  if (known?.takeOver(isHolder) === true) return known
  const holders = isHolder ? 1 : 0
  const record = makeRecord(
    memory,
    {
      kind: memory.bindings.numberOf(open.kind),
      access: open.access,
      status: open.status,
      inferred: open.inferred,
      own: [],
      home: memory.thread,
      holders,
      references: 1,
    },
    'insert',
  )
  const homed = new HomedObject(memory, record, open, holders)
  memory.known[indexOf(memory, record)] = homed
  memory.homed.set(open, homed)
  // It is one object still, and has one number.
  open.id = homed.id
  memory.waits.serve()
  return homed
}

const homeKinds = new WeakMap<Kind, Kind>()

/** A kind whose hooks and methods are called with the private object behind what they are given. */
function homeKind(kind: Kind): Kind {
  const made = homeKinds.get(kind)
  if (made !== undefined) return made
  const methods: Record<string, object> = {}
  for (const [capability, implementation] of Object.entries(kind.methods)) {
    methods[capability] = homeMethods(implementation as Record<string, Method>)
  }
  const { cloneForDup, dropHolder, describe, inferMetadata, ready } = kind
  const home = Object.create(kind, {
    methods: { value: methods, enumerable: true },
    cloneForDup: { value: cloneForDup && ((open: OpenObject) => kind.cloneForDup?.(privateOf(open))) },
    dropHolder: { value: dropHolder && ((open: OpenObject) => kind.dropHolder?.(privateOf(open))) },
    describe: { value: describe && ((open: OpenObject) => kind.describe?.(privateOf(open))) },
    inferMetadata: { value: inferMetadata && ((open: OpenObject) => kind.inferMetadata?.(privateOf(open))) },
    ready: {
      value: ready && {
        now: (open: OpenObject) => ready.now(privateOf(open)),
        changes: (open: OpenObject) => ready.changes(privateOf(open)),
      },
    },
  }) as Kind
  homeKinds.set(kind, home)
  return home
}

type Method = (open: OpenObject, ...args: unknown[]) => unknown

function homeMethods(methods: Record<string, Method>): Implementation<object, unknown> {
  const made: Record<string, Method> = {}
  for (const name of Object.keys(methods)) {
    // Looked up at each call, as it is for a private object.
    made[name] = (open, ...args) => methods[name]!(privateOf(open), ...args)
  }
  return made
}

/** The private object, with the status flags that all threads see. */
function privateOf(open: OpenObject): OpenObject {
  // To its kind, a private object is itself.
  if (!(open instanceof HomedObject)) return open
  open.private.status = open.status
  return open.private
}
