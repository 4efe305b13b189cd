import { HandleError } from '../../errors/handle-error.js'
import { isPage, pageNumber } from './damage.js'
import {
  A_LIMITS,
  A_USED,
  ACCOUNT_WORDS,
  H_NAMES_USED,
  H_PAGES_USED,
  H_RECORDS_USED,
  HEADER_WORDS,
  NAMES,
  PAGE_BYTES,
  PAGES,
  R_ACCOUNT,
  R_STATE,
  RECORD_WORDS,
  RECORDS,
  RUN_SHIFT,
  T_ACCOUNT,
  TABLES,
  THREAD_WORDS,
  UNUSED,
} from './layout.js'
import type { Words } from './words.js'

/*
 * What threads take of a memory is charged to accounts, so that a program that takes all it can get leaves something to
 * others. A thread has an account or none, which is number 0: the thread that made the memory, and those that were given none.
 *
 * A run of pages, a record and a table bear the number of the account that they are charged to from the step that takes
 * them to the one that gives them back, whichever thread that is. The counts are guarded by H_LOCK and can be made anew
 * from these numbers. A name is never given back.
 */

/** The account that a thread is charged to; 0 for none. */
export function accountOf(memory: Words, thread: number): number {
  const account = memory.words[HEADER_WORDS + thread * THREAD_WORDS + T_ACCOUNT]!
  return account > 0 && account < memory.threadLimit ? account : 0
}

/** What is charged to an account of one sort. */
export function usedBy(memory: Words, account: number, what: number): number {
  return memory.words[usedAt(memory, account, what)]!
}

/** The word that says so. */
export function usedAt(memory: Words, account: number, what: number): number {
  return accountAt(memory, account) + A_USED + what
}

/** Charges an account with more, or fewer, of one sort. The lock must be held. */
export function charge(memory: Words, account: number, what: number, more: number): void {
  const { words, threadLimit } = memory
  if (account < 0 || account >= threadLimit) return
  const at = usedAt(memory, account, what)
  words[at] = words[at]! + more
}

/**
 * Whether an account may be charged with this many more. Only what has no account may take the last ones that there are: the
 * thread of the kernel has to go on. The lock must be held.
 */
export function mayCharge(memory: Words, account: number, what: number, more: number): boolean {
  if (account === 0) return true
  return usedBy(memory, account, what) + more <= limitOf(memory, account, what) && more <= freeFor(memory, account, what)
}

/** How much of it is free for what is charged to an account, if its own limit is higher. */
export function freeFor(memory: Words, account: number, what: number): number {
  return Math.max(0, totalOf(memory, what) - usedOf(memory, what) - (account === 0 ? 0 : reserveOf(memory, what)))
}

/** The error for what an account may not be charged with, and 0 may not either when there is no more. */
export function refused(memory: Words, account: number, what: number, more: number, syscall: string, full: string): HandleError {
  const limit = limitOf(memory, account, what)
  const isLimit = account !== 0 && usedBy(memory, account, what) + more > limit
  const text = isLimit
    ? `limit reached: ${told(what, limit)} are all that the threads of one account may have`
    : `shared memory is full: ${full}`
  return new HandleError('ENOMEM', { text, syscall })
}

/** Counts anew what records, or runs of pages, or tables are charged to. The lock must be held or broken by the caller. */
export function recount(memory: Words, what: number): void {
  const { words, threadLimit } = memory
  for (let account = 0; account < threadLimit; account++) words[usedAt(memory, account, what)] = 0
  forEachCharged(memory, what, (at, count) => {
    charge(memory, words[at]!, what, count)
  })
}

/** The word that says to which account a run of pages is charged. */
export function payerOf(memory: Words, at: number): number {
  return memory.payersAt + pageNumber(memory, at)
}

/** Where an account's words are. */
export function accountAt({ accountsAt }: Words, account: number): number {
  return accountsAt + account * ACCOUNT_WORDS
}

/** Calls back with the word of each account number of one sort, and how many are charged by it. */
export function forEachCharged(memory: Words, what: number, each: (at: number, count: number) => void): void {
  const { words, runsAt, payersAt, pages, recordsAt, objects, directoryAt, mostTables } = memory
  if (what === RECORDS) {
    for (let record = recordsAt; record < recordsAt + objects * RECORD_WORDS; record += RECORD_WORDS) {
      if (words[record + R_STATE] !== UNUSED) each(record + R_ACCOUNT, 1)
    }
  } else if (what === TABLES) {
    for (let entry = directoryAt; entry < directoryAt + mostTables; entry++) {
      const table = words[entry]!
      if (table !== 0 && isPage(memory, table)) each(payerOf(memory, table), 1)
    }
  } else {
    for (let page = 0; page < pages;) {
      const run = words[runsAt + page]!
      const length = run > 0 ? run >>> RUN_SHIFT : 0
      if (length > 0) each(payersAt + page, length)
      page += Math.max(1, length)
    }
  }
}

function limitOf(memory: Words, account: number, what: number): number {
  return memory.words[accountAt(memory, account) + A_LIMITS + what]!
}

/** How many of one sort are in use in all. */
function usedOf(memory: Words, what: number): number {
  const { words, directoryAt, mostTables } = memory
  if (what === PAGES) return words[H_PAGES_USED]!
  if (what === RECORDS) return words[H_RECORDS_USED]!
  if (what === NAMES) return words[H_NAMES_USED]!
  let tables = 0
  for (let entry = directoryAt; entry < directoryAt + mostTables; entry++) if (words[entry] !== 0) tables++
  return tables
}

function totalOf({ pages, objects, mostTables, nameWords }: Words, what: number): number {
  return [pages, objects, mostTables, nameWords][what]!
}

/** How many of one sort are only for threads without an account. */
function reserveOf(memory: Words, what: number): number {
  return totalOf(memory, what) >>> (what === NAMES ? 2 : 4)
}

function told(what: number, limit: number): string {
  if (what === PAGES) return `${String(limit * PAGE_BYTES)} bytes of pages`
  if (what === NAMES) return `${String(limit * 4)} bytes of names`
  return `${String(limit)} ${what === RECORDS ? 'open objects' : 'tables'}`
}
