import { recount } from '../words/charges.js'
import { H_LOCK, TABLE_LOCK, TABLES } from '../words/layout.js'
import { breakLock } from '../words/lock.js'
import { countPages } from '../words/pages.js'
import { relinkRecords } from '../objects/records.js'
import { remakeTable, tablesOf } from '../words/tables.js'
import type { Words } from '../words/words.js'

/** Opens a lock whose holder is gone, when what it guards has been made anew from the words that count. */
export function openLock(memory: Words, lock: number, dead = NOBODY): void {
  if (lock === H_LOCK) {
    relinkRecords(memory)
    countPages(memory)
    recount(memory, TABLES)
  } else if (tablesOf(memory).some(({ table }) => table + TABLE_LOCK === lock)) remakeTable(memory, lock - TABLE_LOCK, dead)
  breakLock(memory.words, lock)
}

const NOBODY = Infinity
