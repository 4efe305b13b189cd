import { HandleError } from '../../errors/handle-error.js'
import { Later } from './later.js'
import {
  H_ACCOUNTS,
  H_CORES,
  H_DIRECTORY,
  H_FIRST_PAGE,
  H_HELD,
  H_HELD_OPERATIONS,
  H_ID,
  H_NAME_WORDS,
  H_NAMES,
  H_OBJECTS,
  H_PAGES,
  H_PAYERS,
  H_RECORDS,
  H_RUNS,
  H_SERVER,
  H_TABLES,
  H_THREAD_LIMIT,
  HEADER_WORDS,
  T_DOORBELL,
  QUEUE_BITS,
  T_HAZARDS,
  T_LOCKS,
  THREAD_WORDS,
} from './layout.js'
import { LockPatience } from './lock-patience.js'

/** What is posted to share a memory: either is one object's bytes, whichever thread looks. */
export type SharedBytes = WebAssembly.Memory | SharedArrayBuffer

/**
 * The words of a shared memory, as one thread sees them: views of them, where the areas begin, and what this thread
 * takes of them. Every floor above is built on this; none of what they keep beside the words is here.
 */
export abstract class Words {
  /** What {@link words} and {@link bytes} are views of; it can be posted. */
  readonly source: SharedBytes
  readonly words: Int32Array
  readonly bytes: Uint8Array
  readonly units: Uint16Array
  readonly doubles: Float64Array
  /** This thread's number in the memory: 0 for the one that made it. */
  readonly thread: number
  /** The number and 1: how words name a thread, so that 0 names none. */
  readonly self: number
  /** How many threads can be attached at once. */
  readonly threadLimit: number
  /** Whether threads have bits of wait queues and inboxes in common. */
  readonly sharesBits: boolean
  /** Where this thread's own words begin. */
  readonly threadAt: number
  readonly hazardsAt: number
  readonly locksAt: number
  readonly doorbell: number
  /** Where this thread's counts of what it holds begin: for each record what it would give back by dying. */
  readonly heldAt: number
  readonly heldOperationsAt: number
  readonly recordsAt: number
  readonly objects: number
  readonly directoryAt: number
  readonly namesAt: number
  readonly runsAt: number
  readonly accountsAt: number
  readonly payersAt: number
  readonly firstPage: number
  /** How many pages, tables and words of names there can be: read once, as all that never changes. */
  readonly pages: number
  readonly mostTables: number
  readonly nameWords: number
  /** Numbers of roles that were looked for: the memory's of this thread's, and the other way round. Names never change. */
  readonly rolesThere = new Map<number, number>()
  readonly rolesHere = new Map<number, number>()
  /** Whether `Atomics.wait` may be called here: not on a page's main thread. */
  readonly canWait: boolean
  /** How many rounds to look before sleeping; 0 never looks. */
  spins: number

  /** For how long the thread that serves may wait for locks. */
  readonly lockPatience = new LockPatience()
  /** Threads that this one has had ended, and whose end it is not told of yet. */
  readonly ending = new Set<number>()
  /** What this thread could not do for a lock. */
  readonly later = new Later()
  /** The thread whose call this one executes, else itself: what is taken for it is charged to that one's account. */
  worksFor: number
  /** How many locks this thread holds. */
  locksHeld = 0
  /** How many hazard words this thread uses now. */
  hazards = 0
  /** How many it ever used. */
  hazardsUsed = 0
  /** False once this thread has left. */
  attached = true

  constructor(source: SharedBytes, words: Int32Array, thread: number) {
    this.source = source
    this.words = words
    this.bytes = new Uint8Array(words.buffer)
    this.units = new Uint16Array(words.buffer)
    this.doubles = new Float64Array(words.buffer)
    this.thread = thread
    this.self = thread + 1
    this.threadLimit = words[H_THREAD_LIMIT]!
    this.sharesBits = this.threadLimit > QUEUE_BITS
    this.threadAt = HEADER_WORDS + thread * THREAD_WORDS
    this.hazardsAt = this.threadAt + T_HAZARDS
    this.locksAt = this.threadAt + T_LOCKS
    this.doorbell = this.threadAt + T_DOORBELL
    this.objects = words[H_OBJECTS]!
    this.heldAt = words[H_HELD]! + thread * this.objects
    this.heldOperationsAt = words[H_HELD_OPERATIONS]! + thread * this.objects
    this.recordsAt = words[H_RECORDS]!
    this.directoryAt = words[H_DIRECTORY]!
    this.namesAt = words[H_NAMES]!
    this.runsAt = words[H_RUNS]!
    this.accountsAt = words[H_ACCOUNTS]!
    this.payersAt = words[H_PAYERS]!
    this.worksFor = thread
    this.firstPage = words[H_FIRST_PAGE]!
    this.pages = words[H_PAGES]!
    this.mostTables = words[H_TABLES]!
    this.nameWords = words[H_NAME_WORDS]!
    this.canWait = waitingIsAllowed(words, this.doorbell)
    this.spins = words[H_CORES]! > 1 ? DEFAULT_SPINS : 0
  }

  /** Whether this thread is the one that serves the others. */
  get isServer(): boolean {
    return this.words[H_SERVER] === this.thread
  }

  /** Whether this thread must not wait for long: others depend on it, or it may not sleep. */
  get waitsBriefly(): boolean {
    return this.mayServe || !this.canWait
  }

  /** Whether this thread serves, or does unless a worker has overwritten the word that says which one serves: the kernel's has number 0. */
  get mayServe(): boolean {
    return this.thread === 0 || this.isServer
  }

  /** @throws EBADF when this thread has left the memory */
  checkAttached(syscall: string): void {
    if (!this.attached) throw new HandleError('EBADF', { text: 'this thread has left the shared memory', syscall })
  }

  // What the words need of the floors above them.

  /** Gives up the locks that this thread holds and no frame of it does. */
  abstract settleOwn(): void
  /** The same for locks and borrows, where a turn of this thread's event loop begins. */
  abstract settleTurn(): void
  /** Opens a lock whose word still is `seen`, which names a thread that is not there. */
  abstract openGhost(lock: number, seen: number): void
  /** Has all that is waited for in this thread's event loop looked at again soon: a lock was not to be had. */
  abstract lookAgainSoon(): void
}

/** Which memory it is, as a text. */
export function memoryId(words: Int32Array): string {
  return [...words.subarray(H_ID, H_ID + 4)].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

/** About 20 µs of looking: longer than it takes another thread to answer, shorter than to put this one to sleep. */
const DEFAULT_SPINS = 2000

/** `Atomics.wait` throws where it is forbidden, also when there is nothing to wait for. */
function waitingIsAllowed(words: Int32Array, at: number): boolean {
  try {
    Atomics.wait(words, at, (Atomics.load(words, at) + 1) | 0, 0)
    return true
  } catch {
    return false
  }
}
