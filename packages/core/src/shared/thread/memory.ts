import { Bindings } from '../kinds/bindings.js'
import { loadHot, type Hot } from '../hot/hot.js'
import { Calls } from '../calls/calls.js'
import { LockPatience } from '../words/lock-patience.js'
import { Waits } from '../waits/doorbell.js'
import { Words, type SharedBytes } from '../words/words.js'
import { openLock } from './open-lock.js'
import { settleOwn, settleTurn } from './own-leftovers.js'
import type { Registry } from '../../kind/registry.js'
import type { OpenObject } from '../../object/open-object.js'
import type { Slots } from '../../table/slots.js'
import type { CallMemory } from '../calls/call-memory.js'
import type { KindMemory } from '../kinds/away.js'
import type { HomedObject } from '../objects/homed-object.js'
import type { SharedObject } from '../objects/shared-object.js'

/** A table of the memory that this thread owns, or that another thread owns for it. */
export interface OwnTable extends Slots {
  /** The address of its words. */
  readonly at: number
  owners: number
  /** Whether the first of the owners here only uses what another thread owns for it, and is not counted. */
  readonly isView: boolean
}

/**
 * A kernel's shared memory, as one thread sees it: its words, and what this thread keeps beside them.
 * Made by `createSharedMemory` and `attachMemory`.
 *
 * Tables, open objects and what is behind them live in the words; everything else that is here belongs to this thread
 * alone and is reached without atomic steps. Each floor below asks for as much of it as it needs: `Words`,
 * `ObjectMemory`, `WaitMemory`, `KindMemory`, `CallMemory`.
 */
export class SharedMemory extends Words implements CallMemory, KindMemory {
  /**
   * For how long the thread that serves waits for answers of homes: a program's may be computing, or hostile, and only this
   * thread could learn of its death. A thread that may not sleep waits no longer either.
   */
  readonly callPatience = new LockPatience()
  /** Threads that are homes and run no program: they come to answer. */
  readonly steady = new Set<number>()
  /** For how long the thread that serves waits for an answer of one of those, in ms. */
  patienceMs = 2000
  /** Of each record, by its index, the object that stands for it here. */
  readonly known: (SharedObject | undefined)[] = []
  /** The tables that this thread owns. */
  readonly tables = new Set<OwnTable>()
  /** Objects whose last reference went while this thread was still using them. */
  readonly deferred: SharedObject[] = []
  /** The kinds that this thread knows, and how each name in the memory is served here. */
  readonly bindings: Bindings
  readonly waits: Waits
  readonly calls: Calls
  /** Of each private object that is in a shared table and at home here, what stands for it. */
  readonly homed = new Map<OpenObject, HomedObject>()
  /** The steps that are made most as WebAssembly; undefined where JavaScript has to make them. */
  readonly hot: Hot | undefined

  constructor(source: SharedBytes, words: Int32Array, thread: number, kinds: Registry | undefined) {
    super(source, words, thread)
    this.bindings = new Bindings(this, kinds)
    this.waits = new Waits(this)
    this.hot = loadHot(source)
    this.calls = new Calls(this)
  }

  settleOwn(): void {
    settleOwn(this)
  }

  settleTurn(): void {
    settleTurn(this)
  }

  openGhost(lock: number, seen: number): void {
    if (Atomics.compareExchange(this.words, lock, seen, this.self) === seen) openLock(this, lock)
  }

  lookAgainSoon(): void {
    this.later.add(() => {
      this.waits.tellAll()
    })
  }
}
