import { HandleError } from '../errors/handle-error.js'
import { LOCKS } from './layout.js'
import { pause } from './pause.js'
import type { SharedMemory } from './memory.js'

/**
 * A mutex in shared memory is one word: 0, or the number of the thread that holds it, and 1; with
 * {@link WAITERS} when somebody sleeps until it is given up. Who holds it runs no code but this package's.
 *
 * What a thread holds, or is about to take, stands in its own list, so that whoever cleans up after it knows what
 * to unlock. The word is changed by single atomic steps, and the list by plain ones right beside them.
 */
export const WAITERS = 0x100

/** How often a lock that is held is looked at before its thread sleeps: it is held for some 50 ns. */
const SPINS = 100
/** How long a thread sleeps at most before it looks again: whoever gave the lock up may have died before it notified. */
const SLICE_MS = 100

/** Takes a lock. @throws EDEADLK where waiting for it could never end */
export function acquire(memory: SharedMemory, at: number): void {
  const { words, locksAt, locksHeld, self } = memory
  if (locksHeld === LOCKS) throw new HandleError('EDEADLK', { text: 'too many locks are held' })
  words[locksAt + locksHeld] = at
  memory.locksHeld = locksHeld + 1
  PAUSE: pause('lock: listed')
  if (Atomics.compareExchange(words, at, 0, self) !== 0) acquireSlowly(memory, at)
  PAUSE: pause('lock: taken')
}

/** Gives up the lock that was taken last. */
export function release(memory: SharedMemory, at: number): void {
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
 * @throws EDEADLK as {@link acquire}
 */
export function acquireIf(memory: SharedMemory, at: number, guard: number, isThere: () => boolean): boolean {
  const { words, locksAt, self } = memory
  const deadline = patience(memory)
  for (;;) {
    acquire(memory, guard)
    const top = locksAt + memory.locksHeld
    const there = isThere()
    // Never waited for with the guard held: who holds it may want the guard.
    words[top] = there ? at : 0
    const holder = there ? Atomics.compareExchange(words, at, 0, self) : 0
    if (there && holder === 0) {
      // The one taken last is given up first.
      words[top - 1] = at
      words[top] = guard
      memory.locksHeld++
    }
    PAUSE: pause('lock: taken if there')
    if (holder !== 0) words[top] = 0
    release(memory, guard)
    if (holder === 0) return there
    if (memory.canWait) Atomics.wait(words, at, holder, 1)
    if (performance.now() > deadline) throw heldTooLong(memory, at)
  }
}

/** The thread that holds a lock; −1 when nobody does. */
export function holderOf(words: Int32Array, at: number): number {
  return (Atomics.load(words, at) & 0xff) - 1
}

/** Unlocks what a dead thread held. Only the thread that cleans up after it may. */
export function breakLock(words: Int32Array, at: number): void {
  Atomics.store(words, at, 0)
  Atomics.notify(words, at)
}

function acquireSlowly(memory: SharedMemory, at: number): void {
  const { words, self } = memory
  if (holderOf(words, at) + 1 === self) {
    giveUp(memory)
    throw new HandleError('EDEADLK', { text: 'a lock of shared memory was taken again by its holder' })
  }
  for (let i = 0; i < SPINS; i++) {
    if (words[at] === 0 && Atomics.compareExchange(words, at, 0, self) === 0) return
  }
  const deadline = patience(memory)
  for (;;) {
    // Somebody else may sleep too: with the mark kept, whoever gives it up wakes the next one.
    if (Atomics.compareExchange(words, at, 0, self | WAITERS) === 0) return
    const seen = Atomics.load(words, at)
    if (seen === 0) continue
    const marked = seen | WAITERS
    if (seen !== marked && Atomics.compareExchange(words, at, seen, marked) !== seen) continue
    PAUSE: pause('lock: marked')
    if (memory.canWait) Atomics.wait(words, at, marked, SLICE_MS)
    if (deadline !== Infinity && performance.now() > deadline) {
      giveUp(memory)
      throw heldTooLong(memory, at)
    }
  }
}

/** Until when to wait for a lock. */
function patience(memory: SharedMemory): number {
  return memory.isServer || !memory.canWait ? performance.now() + memory.patienceMs : Infinity
}

function heldTooLong({ words, patienceMs }: SharedMemory, at: number): HandleError {
  const holder = String(holderOf(words, at))
  return new HandleError('EDEADLK', { text: `thread ${holder} has held a lock for ${String(patienceMs)} ms: has it died?` })
}

function giveUp(memory: SharedMemory): void {
  memory.words[memory.locksAt + --memory.locksHeld] = 0
}
