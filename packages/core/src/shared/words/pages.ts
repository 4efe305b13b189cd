import { accountOf, charge, freeFor, mayCharge, payerOf, recount, refused } from './charges.js'
import { H_LOCK, H_PAGE_HINT, H_PAGES_USED, PAGE_BYTES, PAGE_WORDS, PAGES, RUN_GOES_ON, RUN_OWNED, RUN_SHIFT } from './layout.js'
import { damaged, isPage, pageNumber } from './damage.js'
import { acquire, release } from './lock.js'
import { isLockBusy } from './lock-busy.js'
import type { Words } from './words.js'

/*
 * Pages are allotted in runs. Each page has a word: 0 while it is free; of the first page of a run its length, and
 * who answers for it: a thread, until what the run is for has been made, then RUN_OWNED, that is whatever was made
 * of it. The word of the first page is written last and cleared first, so that a run cut half way is no run.
 */

/**
 * Takes a run of pages that holds this many bytes, filled with zeros: its address. This thread answers for it until
 * {@link own}.
 *
 * @throws ENOMEM when no run of free pages is long enough, or the account that is charged would have too many; EAGAIN where this thread may not wait for the lock
 */
export function allocate(memory: Words, bytes: number, syscall: string): number {
  const { words, runsAt, payersAt, self } = memory
  const length = Math.max(1, Math.ceil(bytes / PAGE_BYTES))
  acquire(memory, H_LOCK)
  const account = accountOf(memory, memory.worksFor)
  let first: number
  try {
    first = mayCharge(memory, account, PAGES, length) ? freeRun(memory, length) : -1
    if (first >= 0) {
      words[payersAt + first] = account
      for (let i = 1; i < length; i++) words[runsAt + first + i] = RUN_GOES_ON
      words[runsAt + first] = (length << RUN_SHIFT) | self
      words[H_PAGES_USED] = words[H_PAGES_USED]! + length
      charge(memory, account, PAGES, length)
      words[H_PAGE_HINT] = first + length
    }
  } finally {
    release(memory, H_LOCK)
  }
  if (first < 0) {
    const free = freeFor(memory, account, PAGES) * PAGE_BYTES
    throw refused(
      memory,
      account,
      PAGES,
      length,
      syscall,
      `${String(bytes)} bytes wanted in one piece, ${String(free)} free in all`,
    )
  }
  const at = memory.firstPage + first * PAGE_WORDS
  words.fill(0, at, at + length * PAGE_WORDS)
  return at
}

/** What was made of a run answers for it from now on. */
export function own(memory: Words, at: number): void {
  const word = runOf(memory, at)
  memory.words[word] = memory.words[word]! | RUN_OWNED
}

/**
 * How a run's owner is changed in one step with something else: the address of its word, and what to write there for
 * this thread to answer for it, or whatever was made of it. Plain stores in a row, without a call between, are
 * never cut by a death.
 */
export function ownership(memory: Words, at: number): { readonly word: number; readonly mine: number; readonly owned: number } {
  const word = runOf(memory, at)
  const run = memory.words[word]!
  return { word, mine: (run & ~RUN_OWNED) | memory.self, owned: run | RUN_OWNED }
}

/**
 * Has one thread answer for a run in place of another, each named by its number and 1; false if the other one did not: the
 * run has been given back, and may be in use again.
 */
export function bequeath(memory: Words, at: number, from: number, to: number): boolean {
  const { words } = memory
  if (!isPage(memory, at)) return false
  const word = runOf(memory, at)
  const run = words[word]!
  return (run & RUN_OWNED) === from && Atomics.compareExchange(words, word, run, (run & ~RUN_OWNED) | to) === run
}

/** How many bytes a run has. */
export function bytesOf(memory: Words, at: number): number {
  return (memory.words[runOf(memory, at)]! >> RUN_SHIFT) * PAGE_BYTES
}

/**
 * Gives a run back, which nobody may be using. A run that was given back already is left alone. Where this thread may not
 * wait for the lock, it answers for the run until it can be given back.
 */
export function free(memory: Words, at: number): void {
  const { words } = memory
  if (!isPage(memory, at)) return
  const word = runOf(memory, at)
  try {
    acquire(memory, H_LOCK)
  } catch (error) {
    if (!isLockBusy(error)) throw error
    const run = words[word]!
    if (run > 0) words[word] = (run & ~RUN_OWNED) | memory.self
    memory.later.add(() => {
      free(memory, at)
    })
    return
  }
  const length = words[word]! >> RUN_SHIFT
  if (length > 0 && word + length <= memory.runsAt + memory.pages) {
    // A first word that is cleared makes the rest no run; the thread that cleans up after a death frees it.
    words[word] = RUN_GOES_ON
    for (let i = length - 1; i >= 0; i--) words[word + i] = 0
    words[H_PAGES_USED] = words[H_PAGES_USED]! - length
    charge(memory, words[payerOf(memory, at)]!, PAGES, -length)
  }
  release(memory, H_LOCK)
}

/** Counts the pages in use anew, and frees those of runs that were cut half way. The lock must be held or broken by the caller. */
export function countPages(memory: Words): void {
  freeRunsOf(memory, Infinity)
}

/** {@link countPages}, and frees what a dead thread answered for. */
export function freeRunsOf(memory: Words, thread: number): void {
  const { words, runsAt } = memory
  const { pages } = memory
  let used = 0
  for (let page = 0; page < pages;) {
    const run = words[runsAt + page]!
    const length = run > 0 ? run >> RUN_SHIFT : 0
    if (length === 0 || (run & RUN_OWNED) === thread + 1) {
      words.fill(0, runsAt + page, runsAt + page + Math.max(1, length))
    } else used += length
    page += Math.max(1, length)
  }
  words[H_PAGES_USED] = used
  recount(memory, PAGES)
}

/** The first page of this many free ones in a row, looked for from the hint on and once around; −1 when there are none. */
function freeRun(memory: Words, length: number): number {
  const { words } = memory
  const { pages } = memory
  const hint = Math.max(0, Math.min(words[H_PAGE_HINT]!, pages))
  const later = freeRunBetween(memory, hint, pages, length)
  return later >= 0 ? later : freeRunBetween(memory, 0, Math.min(pages, hint + length), length)
}

function freeRunBetween({ words, runsAt }: Words, from: number, to: number, length: number): number {
  let found = 0
  for (let page = from; page < to; page++) {
    if (words[runsAt + page] !== 0) found = 0
    else if (++found === length) return page - length + 1
  }
  return -1
}

function runOf(memory: Words, at: number): number {
  if (!isPage(memory, at)) throw damaged(`there is no page at ${String(at)}`)
  return memory.runsAt + pageNumber(memory, at)
}
