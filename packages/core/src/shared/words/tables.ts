import { charge, mayCharge, payerOf, refused } from './charges.js'
import { NumberSet } from '../../table/number-set.js'
import {
  H_LAST_ID,
  H_LOCK,
  SLOT_FREE,
  SLOT_WORDS,
  TABLE_BITS,
  TABLE_CAPACITY,
  TABLE_ID,
  TABLE_LEVELS,
  TABLE_LIMIT,
  TABLE_NUMBER,
  TABLE_OPEN,
  TABLE_OWNERS,
  TABLE_SLOTS,
  TABLE_TAKEN,
  TABLES,
} from './layout.js'
import { isPage } from './damage.js'
import { acquire, release } from './lock.js'
import { isLockBusy } from './lock-busy.js'
import { allocate, bytesOf, free, ownership } from './pages.js'
import { pause } from './pause.js'
import { threadsOf } from './turn.js'
import type { Words } from './words.js'

/*
 * The memory of a table: its words, the levels of its set of numbers, its slots. The directory names all tables
 * that there are, so that a token finds one, and so does a thread that cleans up.
 */

/** Makes an empty table with one owner, this thread: its address. @throws ENOMEM; EAGAIN where this thread may not wait for the lock */
export function makeTable(memory: Words, capacity: number, limit: number): number {
  const sizes = levelSizes(capacity)
  const levels = TABLE_OWNERS + memory.threadLimit
  const slots = levels + sizes.reduce((sum, size) => sum + size, 0)
  const at = allocate(memory, (slots + capacity * SLOT_WORDS) * 4, 'HandleTable')
  const { words } = memory
  words[at + TABLE_CAPACITY] = capacity
  words[at + TABLE_LIMIT] = limit
  words[at + TABLE_SLOTS] = slots
  words[at + TABLE_LEVELS] = sizes.length
  let level = levels
  sizes.forEach((size, i) => {
    words[at + TABLE_BITS + i] = level
    level += size
  })
  words[at + TABLE_OWNERS + memory.thread] = 1
  const { word, owned } = ownership(memory, at)
  try {
    acquire(memory, H_LOCK)
  } catch (error) {
    free(memory, at)
    throw error
  }
  // The table is charged to the account of its pages.
  const account = words[payerOf(memory, at)]!
  let number: number
  try {
    number = mayCharge(memory, account, TABLES, 1) ? freeEntry(memory) : -1
    if (number >= 0) {
      const id = (words[H_LAST_ID]! + 1) | 0
      words[H_LAST_ID] = id
      words[at + TABLE_ID] = id
      words[at + TABLE_NUMBER] = number
      words[memory.directoryAt + number] = at
      words[word] = owned
      charge(memory, account, TABLES, 1)
    }
  } finally {
    release(memory, H_LOCK)
  }
  if (number < 0) {
    const error = refused(memory, account, TABLES, 1, 'HandleTable', 'no more tables')
    free(memory, at)
    throw error
  }
  return at
}

/** Gives the memory of a table back, unless somebody did. Nobody may own it, and nothing may be open in it. */
export function endTable(memory: Words, at: number, id: number): void {
  const { words } = memory
  const { word, mine } = ownership(memory, at)
  try {
    acquire(memory, H_LOCK)
  } catch (error) {
    if (!isLockBusy(error)) throw error
    memory.later.add(() => {
      endTable(memory, at, id)
    })
    return
  }
  const entry = memory.directoryAt + words[at + TABLE_NUMBER]!
  const isThere = words[entry] === at && words[at + TABLE_ID] === id
  if (isThere) {
    words[entry] = 0
    words[word] = mine
    charge(memory, words[payerOf(memory, at)]!, TABLES, -1)
  }
  release(memory, H_LOCK)
  PAUSE: pause('table: ended')
  if (isThere) free(memory, at)
}

/** The set of numbers of a table, which is to be used under its lock. */
export function numbersOf({ words }: Words, at: number): NumberSet {
  const levels: Int32Array[] = []
  const sizes = levelSizes(words[at + TABLE_CAPACITY]!)
  sizes.forEach((size, i) => {
    const from = at + words[at + TABLE_BITS + i]!
    levels.push(words.subarray(from, from + size))
  })
  return new NumberSet(0, levels)
}

/** How many owners a table has in all threads. */
export function countOwnersOf(memory: Words, at: number): number {
  const { words } = memory
  let owners = 0
  const threads = threadsOf(memory)
  for (let thread = 0; thread < threads; thread++) owners += words[at + TABLE_OWNERS + thread]!
  return owners
}

/** All tables, each with the address of the word that names it, and its own number. They may end meanwhile. */
export function tablesOf(memory: Words): { entry: number; table: number; id: number }[] {
  const { words, directoryAt } = memory
  const tables: { entry: number; table: number; id: number }[] = []
  for (let entry = directoryAt; entry < directoryAt + memory.mostTables; entry++) {
    const table = Atomics.load(words, entry)
    if (table !== 0 && isTable(memory, table)) tables.push({ entry, table, id: words[table + TABLE_ID]! })
  }
  return tables
}

/** Makes everything in a table that is derived from its slots anew, and frees what a dead thread reserved. */
export function remakeTable(memory: Words, table: number, dead: number): void {
  const { words } = memory
  const slots = table + words[table + TABLE_SLOTS]!
  // Levels that are half way from one state to another are not what single changes start from.
  words.fill(0, table + TABLE_OWNERS + memory.threadLimit, slots)
  const numbers = numbersOf(memory, table)
  let open = 0
  for (let handle = 0; handle < words[table + TABLE_TAKEN]!; handle++) {
    const slot = slots + handle * SLOT_WORDS
    if (words[slot] === -(dead + 1)) Atomics.store(words, slot, SLOT_FREE)
    if (words[slot]! > SLOT_FREE) open++
    if (words[slot] !== SLOT_FREE) numbers.add(handle)
  }
  words[table + TABLE_OPEN] = open
}

/** Whether what stands at an address can be a table: its sizes fit into its pages. */
export function isTable(memory: Words, at: number): boolean {
  const { words } = memory
  if (!isPage(memory, at)) return false
  const capacity = words[at + TABLE_CAPACITY]!
  const slots = words[at + TABLE_SLOTS]!
  const taken = words[at + TABLE_TAKEN]!
  if (capacity <= 0 || taken < 0 || taken > capacity) return false
  const sizes = levelSizes(capacity)
  const place = TABLE_OWNERS + memory.threadLimit + sizes.reduce((sum, size) => sum + size, 0)
  return slots === place && (slots + capacity * SLOT_WORDS) * 4 <= bytesOf(memory, at)
}

/** How many words each level of a set of this many numbers has. */
function levelSizes(capacity: number): number[] {
  const sizes = [Math.ceil(capacity / 32)]
  while (sizes.at(-1)! > 1) sizes.push(Math.ceil(sizes.at(-1)! / 32))
  return sizes
}

function freeEntry({ words, directoryAt, mostTables }: Words): number {
  for (let i = 0; i < mostTables; i++) if (words[directoryAt + i] === 0) return i
  return -1
}
