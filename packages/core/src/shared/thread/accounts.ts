import { checkInteger, invalid } from '../../errors/check.js'
import { HandleError } from '../../errors/handle-error.js'
import { accountAt, charge, forEachCharged, recount, usedBy } from '../words/charges.js'
import {
  A_LIMITS,
  A_STATE,
  A_TURN,
  A_USED,
  H_LOCK,
  HEADER_WORDS,
  KINDS_OF_CHARGES,
  NAMES,
  PAGE_BYTES,
  PAGES,
  RECORDS,
  T_ACCOUNT,
  TABLES,
  THREAD_WORDS,
} from '../words/layout.js'
import { acquire, release } from '../words/lock.js'
import { isLockBusy } from '../words/lock-busy.js'
import { SharedMemory } from './memory.js'
import { threadsOf } from '../words/turn.js'

/** Limits of what the threads of an account hold of a memory together. Each defaults to a part of the memory. */
export interface AccountLimits {
  /** Bytes of pipes, sockets, tables and calls, each in whole pages of 4096. Defaults to half of the memory's. */
  readonly bytes?: number
  /** Open objects that they make, or that are made for them elsewhere. Defaults to half of the memory's. */
  readonly objects?: number
  /** Tables. Defaults to half of the memory's. */
  readonly tables?: number
  /** Bytes of new names (descriptions of kinds, and roles), which last as long as the memory. Defaults to an eighth of the memory's. */
  readonly nameBytes?: number
}

/** An account that threads are charged to. Made by {@link createAccount}; `charge` of an admitted worker assigns it. */
export class MemoryAccount {
  readonly memory: SharedMemory
  /** Its number in the memory. */
  readonly number: number
  /** Tells it from other accounts that have had this number. */
  readonly #turn: number
  #isOpen = true

  /** @internal */
  constructor(memory: SharedMemory, number: number) {
    this.memory = memory
    this.number = number
    this.#turn = turnOf(memory, number)
  }

  /** False once it has been closed. */
  get isOpen(): boolean {
    return this.#isOpen && this.memory.attached
  }

  /** What is charged to the account now. */
  get used(): Required<AccountLimits> {
    const { memory, number } = this
    const of = (what: number) => (this.isOpen ? usedBy(memory, number, what) : 0)
    return { bytes: of(PAGES) * PAGE_BYTES, objects: of(RECORDS), tables: of(TABLES), nameBytes: of(NAMES) * 4 }
  }

  /**
   * Ends the account. Close it when its last thread has left: what is still charged to it, and its threads, have no account
   * from then on. Closing twice does nothing.
   */
  close(): void {
    if (!this.isOpen) return
    this.#isOpen = false
    close(this.memory, this.number, this.#turn)
  }
}

/**
 * Makes an account, with limits, for threads of a memory.
 *
 * @throws EINVAL that names a wrong limit; EAGAIN if there are as many accounts as the memory can have threads; EBADF
 *   if this thread has left the memory
 */
export function createAccount(memory: SharedMemory, limits: AccountLimits = {}): MemoryAccount {
  const syscall = 'createAccount'
  if (!(memory instanceof SharedMemory)) throw invalid('memory', 'what createSharedMemory() gives', memory, syscall)
  memory.checkAttached(syscall)
  if (typeof limits !== 'object' || (limits as unknown) === null) throw invalid('limits', 'an object', limits, syscall)
  const { bytes, objects, tables, nameBytes } = limits
  for (const [name, limit] of Object.entries({ bytes, objects, tables, nameBytes })) {
    if (limit !== undefined) checkInteger(limit, `limits.${name}`, 0, Number.MAX_SAFE_INTEGER, syscall)
  }
  const most = [
    bytes === undefined ? memory.pages >> 1 : Math.floor(bytes / PAGE_BYTES),
    objects ?? memory.objects >> 1,
    tables ?? Math.ceil(memory.mostTables / 2),
    nameBytes === undefined ? memory.nameWords >> 3 : Math.floor(nameBytes / 4),
  ]
  const { words, self, threadLimit } = memory
  for (let number = 1; number < threadLimit; number++) {
    const at = accountAt(memory, number)
    if (Atomics.compareExchange(words, at + A_STATE, 0, self) !== 0) continue
    most.forEach((limit, what) => (words[at + A_LIMITS + what] = Math.min(limit, MOST)))
    for (let what = 0; what < KINDS_OF_CHARGES; what++) words[at + A_USED + what] = 0
    return new MemoryAccount(memory, number)
  }
  throw new HandleError('EAGAIN', {
    text: `the shared memory has ${String(threadLimit - 1)} accounts, and can have no more`,
    syscall,
  })
}

/** Ends the accounts that a thread had made which runs no more. */
export function closeAccountsOf(memory: SharedMemory, dead: number): void {
  for (let number = 1; number < memory.threadLimit; number++) {
    if (Atomics.load(memory.words, accountAt(memory, number) + A_STATE) === dead + 1)
      close(memory, number, turnOf(memory, number))
  }
}

/** Moves what is charged to an account to none, and gives its number back. */
function close(memory: SharedMemory, number: number, turn: number): void {
  const { words } = memory
  const at = accountAt(memory, number)
  try {
    acquire(memory, H_LOCK)
  } catch (error) {
    if (!isLockBusy(error)) throw error
    memory.later.add(() => {
      close(memory, number, turn)
    })
    return
  }
  try {
    if (turnOf(memory, number) !== turn) return
    for (const what of [PAGES, RECORDS, TABLES]) {
      forEachCharged(memory, what, (payer) => {
        if (words[payer] === number) words[payer] = 0
      })
      recount(memory, what)
    }
    charge(memory, 0, NAMES, words[at + A_USED + NAMES]!)
    const threads = threadsOf(memory)
    for (let thread = 0; thread < threads; thread++) {
      const account = HEADER_WORDS + thread * THREAD_WORDS + T_ACCOUNT
      if (words[account] === number) words[account] = 0
    }
    words[at + A_USED + NAMES] = 0
    words[at + A_TURN] = (turn + 1) | 0
    Atomics.store(words, at + A_STATE, 0)
  } finally {
    release(memory, H_LOCK)
  }
}

function turnOf(memory: SharedMemory, number: number): number {
  return memory.words[accountAt(memory, number) + A_TURN]!
}

/** What a word can say. */
const MOST = 2 ** 31 - 1
