import { dropHolder, dropReference, ignoringErrors, tellOfDrop } from '../../object/open-object.js'
import { closeAccountsOf } from './accounts.js'
import { objectAt } from '../objects/object-at.js'
import { isProtectedElsewhere } from '../objects/hazards.js'
import { HomedObject } from '../objects/homed-object.js'
import {
  DEAD,
  DROP,
  ENDED,
  FREE,
  HAZARDS,
  HEADER_WORDS,
  HOLDER,
  HOME_GONE,
  H_LOCK,
  H_SERVER,
  LOCKS,
  MAKING,
  REFERENCE,
  RELEASED,
  R_COUNT,
  R_HOME,
  R_OPERATIONS,
  R_OWED,
  R_QUEUE,
  R_RELEASER,
  R_STATE,
  R_UNTOLD,
  SLOT_FREE,
  SLOT_RECORD,
  SLOT_WORDS,
  TABLE_ID,
  TABLE_LOCK,
  TABLE_OPEN,
  TABLE_OWNERS,
  TABLE_SLOTS,
  TABLE_TAKEN,
  THREAD_WORDS,
  T_HAZARDS,
  T_HAZARDS_USED,
  T_LOCKS,
  T_STATE,
  UNUSED,
  WHOLE,
} from '../words/layout.js'
import { acquire, acquireIf, breakLock, holderOf, release } from '../words/lock.js'
import { isLockBusy } from '../words/lock-busy.js'
import { freeRunsOf } from '../words/pages.js'
import { openLock } from './open-lock.js'
import { indexOf, recordAt, relinkRecords } from '../objects/records.js'
import { resetWords } from './reset-thread.js'
import { tryRetain, type SharedObject } from '../objects/shared-object.js'
import { countOwnersOf, endTable, remakeTable, tablesOf } from '../words/tables.js'
import { expectedState } from '../words/turn.js'
import { releaseQuietly } from '../../table/release.js'
import type { SharedMemory } from './memory.js'

/*
 * What a thread that died leaves behind, and how it is put right. Each piece of state is changed by one atomic
 * step, with plain writes right behind it that a death does not come between; so each of them either happened or did
 * not, and what is derived from them is made anew:
 *
 * - Locks that it held: what they guard is made anew from the words that count, and the lock is opened.
 * - Owners, references, holders and operations stand in rows of its own: they are given back.
 * - Hazard words are cleared. Releases that it had begun are done again. Objects at home in it are gone.
 * - Everybody is rung: it may have taken the bits of waiters, and rung nobody.
 */

/** Has this thread look at what others leave to it. */
export function startServing(memory: SharedMemory): void {
  memory.waits.attendTo = (record) => {
    attendTo(memory, record)
  }
  memory.waits.serve()
}

/**
 * Cleans up after a thread that runs no more, or leaves. Once it is done, the thread's number may be another one's.
 *
 * @throws EAGAIN when another one has died with a lock that is needed: it has to be called again, and goes on from
 *   where it was, once that one is cleaned up after
 */
export function cleanUp(memory: SharedMemory, dead: number): void {
  const { words } = memory
  const at = HEADER_WORDS + dead * THREAD_WORDS
  // A thread that never attached has left nothing.
  const expected = expectedState(words, dead)
  if (Atomics.compareExchange(words, at + T_STATE, expected, FREE) === expected) return
  if (Atomics.load(words, at + T_STATE) === FREE) return
  Atomics.store(words, at + T_STATE, DEAD)
  const { most } = memory.lockPatience
  memory.lockPatience.most = REPAIR_PATIENCE_MS
  try {
    if (words[H_SERVER] === dead && dead !== memory.thread) Atomics.store(words, H_SERVER, memory.thread)
    whatever(() => {
      openLocks(memory, dead, at)
    })
    words.fill(0, at + T_HAZARDS, at + T_HAZARDS + HAZARDS)
    words[at + T_HAZARDS_USED] = 0
    whatever(() => {
      memory.calls.cleanUp(dead)
    })
    whatever(() => {
      dropOwners(memory, dead)
    })
    whatever(() => {
      giveBack(memory, dead)
    })
    // A thread that leaves does what it has put off while it still has its number, and before its pages are freed.
    if (dead === memory.thread) memory.later.finish()
    whatever(() => {
      sweep(memory, dead)
    })
    whatever(() => {
      closeAccountsOf(memory, dead)
    })
  } finally {
    memory.lockPatience.most = most
  }
  resetWords(words, dead)
  memory.ending.delete(dead)
  Atomics.store(words, at + T_STATE, FREE)
  memory.waits.ringAll()
  // Locks are open that others could not have.
  memory.later.run()
}

/**
 * Goes on whatever a broken memory makes of one step: the number of the dead thread is to be free in any case.
 *
 * @throws EAGAIN for a lock, since the step can be made later
 */
function whatever(step: () => void): void {
  try {
    step()
  } catch (error) {
    if (isLockBusy(error)) throw error
  }
}

/** A lock that is held for longer than this, in ms, is likely to be another dead thread's. */
const REPAIR_PATIENCE_MS = 2

/** Looks at a record that another thread left to this one. */
function attendTo(memory: SharedMemory, record: number): void {
  const { words } = memory
  if (!memory.attached || words[record + R_STATE] !== WHOLE) return
  const home = words[record + R_HOME]!
  const isMine = Atomics.load(words, record + R_COUNT) === 0 && words[record + R_RELEASER] === memory.self
  if (home === memory.self) {
    const object = objectAt(memory, record)
    if (object instanceof HomedObject) ignoringErrors(() => object.attend(), object)
  } else if (isMine && isProtectedElsewhere(memory, record)) {
    // A borrow is short, and nothing tells of its end.
    setTimeout(() => {
      attendTo(memory, record)
    }, 1)
  } else if (isMine) {
    const object = objectAt(memory, record)
    if (object.isLent) object.defer()
    else ignoringErrors(() => object.release(), object)
  }
}

/** Opens every lock whose word names the dead thread: all that there are, and what its own list says. */
function openLocks(memory: SharedMemory, dead: number, at: number): void {
  const { words } = memory
  const isHeld = (lock: number) => holderOf(words, lock) === dead
  if (isHeld(H_LOCK)) openLock(memory, H_LOCK, dead)
  for (const { table } of tablesOf(memory)) if (isHeld(table + TABLE_LOCK)) openLock(memory, table + TABLE_LOCK, dead)
  for (let index = 0; index < memory.objects; index++) {
    const record = recordAt(memory, index)
    if (words[record + R_STATE] !== WHOLE) continue
    for (const lock of memory.bindings.locksOf(record)) if (isHeld(lock)) breakLock(words, lock)
  }
  for (let i = LOCKS - 1; i >= 0; i--) {
    const lock = words[at + T_LOCKS + i]!
    words[at + T_LOCKS + i] = 0
    // Locks of kinds that do not say where theirs are; nothing else is written over, whatever stands in the list.
    const isLock =
      lock >= memory.recordsAt && lock < memory.words.length && (lock < memory.directoryAt || lock >= memory.firstPage)
    if (isLock && isHeld(lock)) breakLock(words, lock)
  }
}

/** Ends its owners of tables, and its reservations; closes what nobody owns any more. */
function dropOwners(memory: SharedMemory, dead: number): void {
  const { words } = memory
  for (const { entry, table, id } of tablesOf(memory)) {
    const isThere = () => words[entry] === table && words[table + TABLE_ID] === id
    if (!acquireIf(memory, table + TABLE_LOCK, H_LOCK, isThere)) continue
    let isOver: boolean
    let fallen: SharedObject[] = []
    try {
      words[table + TABLE_OWNERS + dead] = 0
      remakeTable(memory, table, dead)
      // The dead one may have been the last owner, and half way through closing what was in there.
      isOver = countOwnersOf(memory, table) === 0
      if (isOver) fallen = clearAll(memory, table)
    } finally {
      release(memory, table + TABLE_LOCK)
    }
    try {
      if (isOver) endTable(memory, table, id)
    } finally {
      releaseQuietly(fallen)
    }
  }
}

/** Frees all slots of a table without an owner, whose lock this thread holds: what fell out of them. */
function clearAll(memory: SharedMemory, table: number): SharedObject[] {
  const { words } = memory
  const slots = table + words[table + TABLE_SLOTS]!
  const fallen: SharedObject[] = []
  for (let handle = 0; handle < words[table + TABLE_TAKEN]!; handle++) {
    const slot = slots + handle * SLOT_WORDS
    const word = words[slot]!
    if (word <= SLOT_FREE) continue
    const object = objectAt(memory, word & SLOT_RECORD)
    Atomics.store(words, slot, SLOT_FREE)
    words[object.row] = words[object.row]! + HOLDER + REFERENCE
    fallen.push(object)
  }
  words[table + TABLE_OPEN] = 0
  return fallen
}

/** Gives back what it held, and ends what it had begun to release. */
function giveBack(memory: SharedMemory, dead: number): void {
  const { words, objects, self } = memory
  for (let index = 0; index < objects; index++) {
    const record = recordAt(memory, index)
    // What another thread is making, or has done with, has nothing of the dead one.
    if (words[record + R_STATE] !== WHOLE) continue
    if (words[record + R_HOME] === dead + 1) endHome(memory, record)
    giveBackOf(memory, dead, record)
    if (Atomics.load(words, record + R_COUNT) !== 0) {
      if (words[record + R_OWED] !== 0) tellOwed(memory, record)
      if (isUntold(words, record)) memory.waits.attend(record, words[record + R_HOME]! - 1)
    } else if (Atomics.compareExchange(words, record + R_RELEASER, dead + 1, self) === dead + 1) {
      const object = objectAt(memory, record)
      ignoringErrors(() => object.last(), object)
    } else if (isHanded(words, record)) {
      // The dead one may have left it there, and not have rung.
      memory.waits.attend(record, words[record + R_RELEASER]! - 1)
    }
  }
}

/** Nobody serves the calls of an object any more. */
function endHome(memory: SharedMemory, record: number): void {
  const { words } = memory
  Atomics.store(words, record + R_HOME, HOME_GONE)
  memory.waits.wake(record + R_QUEUE)
}

/** Gives back what it held of one object, which is this thread's to give back from here on. */
function giveBackOf(memory: SharedMemory, dead: number, record: number): void {
  const { words, objects } = memory
  const row = memory.heldAt + indexOf(memory, record)
  const operationsRow = memory.heldOperationsAt + indexOf(memory, record)
  const deadRow = row + (dead - memory.thread) * objects
  const deadOperationsRow = operationsRow + (dead - memory.thread) * objects
  const count = words[deadRow]!
  const operations = words[deadOperationsRow]!
  if (count === 0 && operations === 0) return
  words[deadRow] = 0
  words[row] = words[row]! + count
  words[deadOperationsRow] = 0
  const drops = Math.floor(operations / DROP)
  const waiting = operations & (ENDED - 1)
  words[operationsRow] = words[operationsRow]! + drops * DROP
  const isLastToEnd = waiting > 0 && Atomics.sub(words, record + R_OPERATIONS, waiting) === waiting
  const object = objectAt(memory, record)
  for (let i = 0; i < drops; i++) {
    ignoringErrors(tellOfDrop, object)
    object.toldOfDrop()
  }
  if (isLastToEnd || (operations & ENDED) !== 0) object.operationsEnded()
  // No more than there are: a broken row says anything.
  const left = Atomics.load(words, record + R_COUNT)
  const holders = Math.min(Math.floor(count / HOLDER), left >>> 16)
  for (let i = 0; i < holders; i++) ignoringErrors(dropHolder, object)
  for (let i = holders; i < count % HOLDER; i++) ignoringErrors(dropReference, object)
}

/** Has the kind told of last holders that went while an operation waited, if none waits any more. */
function tellOwed(memory: SharedMemory, record: number): void {
  if (Atomics.load(memory.words, record + R_OPERATIONS) !== 0 || !tryRetain(memory, record, REFERENCE)) return
  const object = objectAt(memory, record)
  object.operationsEnded()
  ignoringErrors(dropReference, object)
}

/** Whether the home of an object has drops to tell it of. */
function isUntold(words: Int32Array, record: number): boolean {
  const home = words[record + R_HOME]!
  return home !== 0 && home !== HOME_GONE && words[record + R_UNTOLD] !== 0
}

/** Whether an object is to be released by a thread that it was left to, other than the one that dropped its last reference. */
function isHanded(words: Int32Array, record: number): boolean {
  const releaser = words[record + R_RELEASER]!
  return releaser !== 0 && (releaser === words[H_SERVER]! + 1 || releaser === words[record + R_HOME])
}

/** Frees what it was making, or had released, when it died; and what this thread could not free for a lock. */
function sweep(memory: SharedMemory, dead: number): void {
  acquire(memory, H_LOCK)
  try {
    freeLeftovers(memory, dead)
  } finally {
    release(memory, H_LOCK)
  }
}

function freeLeftovers(memory: SharedMemory, dead: number): void {
  const { words, objects } = memory
  for (let index = 0; index < objects; index++) {
    const record = recordAt(memory, index)
    const state = words[record + R_STATE]!
    const releaser = words[record + R_RELEASER]!
    const isReleased = state === RELEASED && (releaser === dead + 1 || releaser === memory.self)
    if (!isReleased && state !== (((dead + 1) << 8) | MAKING)) continue
    words[record + R_STATE] = UNUSED
    words[record + R_RELEASER] = 0
    words[record + R_HOME] = 0
  }
  relinkRecords(memory)
  freeRunsOf(memory, dead)
}
