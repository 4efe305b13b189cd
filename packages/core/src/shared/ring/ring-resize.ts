import { errnoFrom, isHandleError } from '../../errors/handle-error.js'
import { EBUSY } from '../../errors/numbers.js'
import { damaged } from '../words/damage.js'
import { acquire, release } from '../words/lock.js'
import { isLockBusy } from '../words/lock-busy.js'
import { allocate, free, ownership } from '../words/pages.js'
import { pause } from '../words/pause.js'
import { CAPACITY, DATA, HEAD, LIMIT, READ_LOCK, SEEN_HEAD, TAIL, WRITE_LOCK } from './ring-layout.js'
import type { Words } from '../words/words.js'

/**
 * Moves what a ring stores to pages for this many bytes, and sets how many may be stored; without a limit it only makes
 * the ring larger: 0; −EBUSY when more are stored than it would hold; −ENOMEM; −EAGAIN where this thread may not wait
 * for others that add or take.
 */
export function resizeRing(memory: Words, at: number, capacity: number, limit?: number): number {
  const swapped: Swapped = { unused: 0, fits: false }
  try {
    swapped.unused = allocate(memory, capacity, 'resize')
    acquire(memory, at + WRITE_LOCK)
    try {
      acquire(memory, at + READ_LOCK)
      try {
        swap(memory, at, swapped, capacity, limit)
      } finally {
        release(memory, at + READ_LOCK)
      }
    } finally {
      release(memory, at + WRITE_LOCK)
    }
    return swapped.fits ? 0 : -EBUSY
  } catch (error) {
    if (!isHandleError(error)) throw error
    if (isLockBusy(error)) memory.lookAgainSoon()
    return errnoFrom(error)
  } finally {
    if (swapped.unused !== 0) free(memory, swapped.unused)
  }
}

interface Swapped {
  /** The run that is in no use: the new one before, the old one after; 0 for none. This thread answers for it. */
  unused: number
  fits: boolean
}

/** Gives a ring whose locks are held the unused run, if what is stored fits there. */
function swap(memory: Words, at: number, swapped: Swapped, capacity: number, limit: number | undefined): void {
  const { words } = memory
  const data = swapped.unused
  // This thread answers for one of the two runs at any time, so that its death frees it.
  const runOfNew = ownership(memory, data)
  const old = words[at + DATA]!
  const oldCapacity = words[at + CAPACITY]!
  const runOfOld = old === 0 ? undefined : ownership(memory, old)
  const head = words[at + HEAD]!
  const tail = words[at + TAIL]!
  if (((tail - head) | 0) < 0 || ((tail - head) | 0) > oldCapacity) throw damaged('a ring of bytes has places that cannot be')
  swapped.fits = ((tail - head) | 0) <= capacity
  if (!swapped.fits || (limit === undefined && capacity <= oldCapacity)) return
  move(memory.bytes, [old * 4, oldCapacity], [data * 4, capacity], head, tail)
  PAUSE: pause('resize: bytes moved')
  words[at + SEEN_HEAD] = head
  words[at + DATA] = data
  words[at + CAPACITY] = capacity
  if (limit !== undefined) words[at + LIMIT] = limit
  words[runOfNew.word] = runOfNew.owned
  if (runOfOld !== undefined) words[runOfOld.word] = runOfOld.mine
  swapped.unused = old
  PAUSE: pause('resize: swapped')
}

type Place = readonly [at: number, capacity: number]

/** Copies what is stored from one ring to another, each position to its place there. */
function move(bytes: Uint8Array, [from, fromCapacity]: Place, [to, toCapacity]: Place, head: number, tail: number): void {
  for (let at = head; at !== tail;) {
    const source = at & (fromCapacity - 1)
    const target = at & (toCapacity - 1)
    const count = Math.min((tail - at) | 0, fromCapacity - source, toCapacity - target)
    bytes.copyWithin(to + target, from + source, from + source + count)
    at = (at + count) | 0
  }
}
