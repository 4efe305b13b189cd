import { accountOf, charge, mayCharge, recount, refused } from '../words/charges.js'
import {
  H_FREE_RECORD,
  H_LAST_ID,
  H_LOCK,
  H_RECORDS_USED,
  HOLDER,
  MAKING,
  R_ACCESS,
  R_ACCOUNT,
  R_COUNT,
  R_HOME,
  R_ID,
  R_INFERRED,
  R_KIND,
  R_NEXT,
  OWN_WORDS,
  R_OPERATIONS,
  R_OWN,
  R_OWED,
  R_QUEUE,
  R_RELEASER,
  R_STATE,
  R_STATUS,
  R_UNTOLD,
  RECORD_SHIFT,
  RECORD_WORDS,
  RECORDS,
  REFERENCE,
  RELEASED,
  UNUSED,
  WHOLE,
} from '../words/layout.js'
import { isRecord } from '../words/damage.js'
import { acquire, release } from '../words/lock.js'
import { isLockBusy } from '../words/lock-busy.js'
import { pause } from '../words/pause.js'
import type { Words } from '../words/words.js'

/** What a record says of the object that it stands for. */
export interface RecordInit {
  /** The kind's number among the names. */
  readonly kind: number
  readonly access: number
  readonly status: number
  readonly inferred: number
  /** The kind's own words, as many as it has; the others are zeros. */
  readonly own: readonly number[]
  /** The thread where it is at home; undefined for an object that lives in the memory. */
  readonly home: number | undefined
  /** The counts that it begins with, all of them this thread's. */
  readonly holders: number
  readonly references: number
}

/**
 * Makes a record: its address. What it counts is held by this thread.
 *
 * @throws ENOMEM when all records are in use, or the account that is charged would have too many; EAGAIN where this thread may not wait for the lock
 */
export function makeRecord(memory: Words, init: RecordInit, syscall: string): number {
  const { words, self } = memory
  acquire(memory, H_LOCK)
  const account = accountOf(memory, memory.worksFor)
  let record = words[H_FREE_RECORD]!
  if (record !== 0 && !isFree(memory, record)) {
    // The list is broken, and is made anew from the records.
    relinkRecords(memory)
    record = words[H_FREE_RECORD]!
  }
  let id = 0
  if (!mayCharge(memory, account, RECORDS, 1)) record = 0
  if (record !== 0) {
    words[H_FREE_RECORD] = words[record + R_NEXT]!
    words[record + R_ACCOUNT] = account
    words[record + R_STATE] = (self << 8) | MAKING
    words[H_RECORDS_USED] = words[H_RECORDS_USED]! + 1
    charge(memory, account, RECORDS, 1)
    id = (words[H_LAST_ID]! + 1) | 0
    words[H_LAST_ID] = id
  }
  release(memory, H_LOCK)
  PAUSE: pause('record: taken')
  if (record === 0) {
    throw refused(memory, account, RECORDS, 1, syscall, `all ${String(memory.objects)} open objects are in use`)
  }
  words[record + R_ID] = id
  words[record + R_KIND] = init.kind
  words[record + R_ACCESS] = init.access
  words[record + R_STATUS] = init.status
  words[record + R_INFERRED] = init.inferred
  for (let i = 0; i < OWN_WORDS; i++) words[record + R_OWN + i] = init.own[i] ?? 0
  words[record + R_HOME] = init.home === undefined ? 0 : init.home + 1
  for (const word of [R_OPERATIONS, R_OWED, R_RELEASER, R_NEXT, R_UNTOLD, R_QUEUE, R_QUEUE + 1]) {
    words[record + word] = 0
  }
  // From this step on it is an object like any other, and what is held of it stands in this thread's row.
  const count = init.holders * HOLDER + init.references * REFERENCE
  const row = memory.heldAt + indexOf(memory, record)
  PAUSE: pause('record: filled')
  Atomics.store(words, record + R_COUNT, count)
  words[row] = count
  words[record + R_STATE] = WHOLE
  return record
}

function isFree(memory: Words, record: number): boolean {
  return isRecord(memory, record) && memory.words[record + R_STATE] === UNUSED
}

/** Gives a record back whose object has been released. */
export function freeRecord(memory: Words, record: number): void {
  const { words } = memory
  // Where the lock cannot be had, the cleaner of this thread's number, or of another's, may come first.
  words[record + R_STATE] = RELEASED
  reclaim(memory, record, words[record + R_ID]!)
}

function reclaim(memory: Words, record: number, id: number): void {
  const { words } = memory
  try {
    acquire(memory, H_LOCK)
  } catch (error) {
    if (!isLockBusy(error)) throw error
    memory.later.add(() => {
      reclaim(memory, record, id)
    })
    return
  }
  if (words[record + R_STATE] === RELEASED && words[record + R_ID] === id) {
    words[record + R_STATE] = UNUSED
    words[record + R_RELEASER] = 0
    words[record + R_HOME] = 0
    words[record + R_NEXT] = words[H_FREE_RECORD]!
    words[H_FREE_RECORD] = record
    words[H_RECORDS_USED] = words[H_RECORDS_USED]! - 1
    charge(memory, words[record + R_ACCOUNT]!, RECORDS, -1)
  }
  release(memory, H_LOCK)
}

/** Makes the list of free records anew. The lock must be held or broken by the caller. */
export function relinkRecords(memory: Words): void {
  const { words, objects } = memory
  let used = 0
  let next = 0
  for (let index = objects - 1; index >= 0; index--) {
    const record = recordAt(memory, index)
    if (words[record + R_STATE] !== UNUSED) {
      used++
      continue
    }
    words[record + R_NEXT] = next
    next = record
  }
  words[H_FREE_RECORD] = next
  words[H_RECORDS_USED] = used
  recount(memory, RECORDS)
}

/** The place of a record among all of them, from 0 up. */
export function indexOf(memory: Words, record: number): number {
  return (record - memory.recordsAt) >>> RECORD_SHIFT
}

/** The record at a place among all of them. */
export function recordAt(memory: Words, index: number): number {
  return memory.recordsAt + index * RECORD_WORDS
}
