import { errnoFrom } from '../errors/handle-error.js'
import { EBUSY } from '../errors/numbers.js'
import { acquire, release } from './lock.js'
import { allocate, free, ownership } from './pages.js'
import { pause } from './pause.js'
import { CAPACITY, DATA, HEAD, LIMIT, READ_LOCK, SEEN_HEAD, TAIL, WRITE_LOCK } from './ring-layout.js'
import type { SharedRing } from './ring.js'

/**
 * Moves what a ring stores to pages for so many bytes, and sets how many may be stored; without a limit it only makes
 * the ring larger: 0, −EBUSY when more are stored than it would hold, or −ENOMEM.
 */
export function resizeRing({ memory, at }: SharedRing, capacity: number, limit?: number): number {
  const { words } = memory
  let data: number
  try {
    data = allocate(memory, capacity, 'resize')
  } catch (error) {
    return errnoFrom(error)
  }
  // This thread answers for one of the two runs at any time, so that its death frees it.
  const runOfNew = ownership(memory, data)
  acquire(memory, at + WRITE_LOCK)
  acquire(memory, at + READ_LOCK)
  const old = words[at + DATA] as number
  const oldCapacity = words[at + CAPACITY] as number
  const runOfOld = old === 0 ? undefined : ownership(memory, old)
  const head = words[at + HEAD] as number
  const tail = words[at + TAIL] as number
  const fits = ((tail - head) | 0) <= capacity
  const moves = fits && (limit !== undefined || capacity > oldCapacity)
  if (moves) {
    move(memory.bytes, [old * 4, oldCapacity], [data * 4, capacity], head, tail)
    PAUSE: pause('resize: bytes moved')
    words[at + SEEN_HEAD] = head
    words[at + DATA] = data
    words[at + CAPACITY] = capacity
    if (limit !== undefined) words[at + LIMIT] = limit
    words[runOfNew.word] = runOfNew.owned
    if (runOfOld !== undefined) words[runOfOld.word] = runOfOld.mine
    PAUSE: pause('resize: swapped')
  }
  release(memory, at + READ_LOCK)
  release(memory, at + WRITE_LOCK)
  const unused = moves ? old : data
  if (unused !== 0) free(memory, unused)
  return fits ? 0 : -EBUSY
}

type Place = readonly [at: number, capacity: number]

/** Copies what is stored from one ring to another, each position to its place there. */
function move(bytes: Uint8Array, [from, fromCapacity]: Place, [to, toCapacity]: Place, head: number, tail: number): void {
  for (let at = head; at !== tail; ) {
    const source = at & (fromCapacity - 1)
    const target = at & (toCapacity - 1)
    const count = Math.min((tail - at) | 0, fromCapacity - source, toCapacity - target)
    bytes.copyWithin(to + target, from + source, from + source + count)
    at = (at + count) | 0
  }
}
