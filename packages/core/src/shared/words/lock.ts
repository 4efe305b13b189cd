import { ATTACHED, DEAD, HEADER_WORDS, LOCKS, T_STATE, THREAD_WORDS } from './layout.js'
import { pause } from './pause.js'
import { checkStack } from './stack.js'
import { lockBusy } from './lock-busy.js'
import type { HandleError } from '../../errors/handle-error.js'
import type { Words } from './words.js'

/**
 * A mutex in shared memory is one word: 0, or the number of the thread that holds it, and 1; with
 * {@link WAITERS} when a thread sleeps until it is given up. Its holder runs only this package's code.
 *
 * What a thread holds, or is about to take, stands in its own list, so that the cleaner of its number knows what
 * to unlock. The word is changed by single atomic steps, and the list by plain ones right beside them.
 *
 * Between taking and giving up nothing throws: there is room on the stack for all that is called. What may throw for
 * another reason stands in try and finally. What is left all the same, the thread itself finds and puts right
 * (`thread/own-leftovers.ts`).
 *
 * Only the thread that serves could learn that the holder of a lock has ended, and only between its own work. So it does
 * not wait for longer than {@link Words.lockPatience} allows, and not at all for a thread that is known to be ending: it
 * gets EAGAIN, and what it must not lose is done later (`later.ts`).
 */
export const WAITERS = 0x10000
/** The part of a lock's word that names its holder. */
const HOLDER_BITS = 0xffff

/** How often a lock that is held is looked at before its thread sleeps: it is held for some 50 ns. */
const SPINS = 100
/** How long a thread sleeps at most before it looks again: the thread that gave the lock up may have died before it notified. */
const SLICE_MS = 100

/** Takes a lock. @throws EAGAIN where this thread may wait no longer (`isLockBusy`) */
export function acquire(memory: Words, at: number): void {
  checkStack()
  const { words, locksAt, self } = memory
  if (memory.locksHeld === LOCKS) memory.settleOwn()
  const { locksHeld } = memory
  words[locksAt + locksHeld] = at
  memory.locksHeld = locksHeld + 1
  PAUSE: pause('lock: listed')
  if (Atomics.compareExchange(words, at, 0, self) !== 0) acquireSlowly(memory, at)
  PAUSE: pause('lock: taken')
}

/** Gives up the lock that was taken last. */
export function release(memory: Words, at: number): void {
  const { words } = memory
  PAUSE: pause('lock: giving up')
  const before = Atomics.exchange(words, at, 0)
  words[memory.locksAt + --memory.locksHeld] = 0
  PAUSE: pause('lock: given up')
  if ((before & WAITERS) !== 0) notifyLock(words, at)
}

/** Wakes one of those who sleep until a lock is given up. */
export function notifyLock(words: Int32Array, at: number): void {
  Atomics.notify(words, at, 1)
}

/**
 * Takes a lock that may be gone, and is kept from going by another one; false when it is gone.
 *
 * @throws EAGAIN as {@link acquire}
 */
export function acquireIf(memory: Words, at: number, guard: number, isThere: () => boolean): boolean {
  const { words, locksAt, self } = memory
  let left = memory.lockPatience.left
  for (;;) {
    acquire(memory, guard)
    const top = locksAt + memory.locksHeld
    let holder: number
    let there: boolean
    try {
      there = isThere()
      // Never waited for with the guard held: who holds it may want the guard.
      words[top] = there ? at : 0
      holder = there ? Atomics.compareExchange(words, at, 0, self) : 0
      if (there && holder === 0) {
        // The one taken last is given up first.
        words[top - 1] = at
        words[top] = guard
        memory.locksHeld++
      }
      PAUSE: pause('lock: taken if there')
      if (holder !== 0) words[top] = 0
    } finally {
      release(memory, guard)
    }
    if (holder === 0) return there
    if ((holder & HOLDER_BITS) === self) memory.settleOwn()
    else if (memory.waitsBriefly) {
      if (openGhost(memory, at, holder)) continue
      if (left <= 0 || isEnding(memory, holder)) throw busy(memory, at)
      left -= waitBriefly(memory, at, holder)
    } else if (memory.canWait) Atomics.wait(words, at, holder, 1)
  }
}

/** The thread that holds a lock; −1 when nobody does. */
export function holderOf(words: Int32Array, at: number): number {
  return (Atomics.load(words, at) & HOLDER_BITS) - 1
}

/** Unlocks what a dead thread held. Only the thread that cleans up after it may. */
export function breakLock(words: Int32Array, at: number): void {
  Atomics.store(words, at, 0)
  Atomics.notify(words, at)
}

function acquireSlowly(memory: Words, at: number): void {
  const { words, self } = memory
  if (holderOf(words, at) + 1 === self) {
    // Nobody takes a lock twice: a frame that is gone has left it. This entry of the list is to be the only one.
    memory.locksHeld--
    memory.settleOwn()
    words[memory.locksAt + memory.locksHeld++] = at
  }
  for (let i = 0; i < SPINS; i++) {
    if (words[at] === 0 && Atomics.compareExchange(words, at, 0, self) === 0) return
  }
  if (memory.waitsBriefly) {
    acquireBriefly(memory, at)
    return
  }
  for (;;) {
    // Others may sleep too: with the mark kept, the thread that gives it up wakes the next one.
    if (Atomics.compareExchange(words, at, 0, self | WAITERS) === 0) return
    const seen = Atomics.load(words, at)
    if (seen === 0 || !mark(words, at, seen)) continue
    PAUSE: pause('lock: marked')
    Atomics.wait(words, at, seen | WAITERS, SLICE_MS)
  }
}

/** {@link acquireSlowly} for a thread that must not wait for long. */
function acquireBriefly(memory: Words, at: number): void {
  const { words, self } = memory
  let { left } = memory.lockPatience
  for (;;) {
    if (Atomics.compareExchange(words, at, 0, self | WAITERS) === 0) return
    const seen = Atomics.load(words, at)
    if (seen === 0 || openGhost(memory, at, seen)) continue
    if (left <= 0 || isEnding(memory, seen)) {
      giveUp(memory)
      throw busy(memory, at)
    }
    if (!mark(words, at, seen)) continue
    PAUSE: pause('lock: marked')
    left -= waitBriefly(memory, at, seen | WAITERS)
  }
}

/** Waits for a change of a lock's word, and no longer than this thread may: how many ms it took. */
function waitBriefly({ words, canWait, lockPatience }: Words, at: number, seen: number): number {
  const start = performance.now()
  if (canWait) Atomics.wait(words, at, seen, lockPatience.left)
  const took = Math.max(performance.now() - start, 0.001)
  lockPatience.spend(took)
  return took
}

/** Marks a lock as waited for; false if its word has changed. */
function mark(words: Int32Array, at: number, seen: number): boolean {
  const marked = seen | WAITERS
  return seen === marked || Atomics.compareExchange(words, at, seen, marked) === seen
}

function isEnding({ ending }: Words, seen: number): boolean {
  return ending.has((seen & HOLDER_BITS) - 1)
}

/** Opens a lock whose word names a thread that is not there: somebody has written over it. What it guards is made anew. */
function openGhost(memory: Words, at: number, seen: number): boolean {
  const { words } = memory
  const holder = (seen & HOLDER_BITS) - 1
  const state =
    holder < 0 || holder >= memory.threadLimit ? undefined : Atomics.load(words, HEADER_WORDS + holder * THREAD_WORDS + T_STATE)
  if (state === ATTACHED || state === DEAD) return false
  memory.openGhost(at, seen)
  return true
}

function busy(memory: Words, at: number): HandleError {
  const holder = String(holderOf(memory.words, at))
  return lockBusy(`thread ${holder} holds a lock of shared memory, and may be ending: try again`)
}

function giveUp(memory: Words): void {
  memory.words[memory.locksAt + --memory.locksHeld] = 0
}
