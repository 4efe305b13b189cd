import { H_LOCK, TABLE_LOCK } from '../../src/shared/words/layout.js'
import { holderOf } from '../../src/shared/words/lock.js'
import { tablesOf } from '../../src/shared/words/tables.js'
import type { SharedMemory } from '@ht/core/shared'

/** The locks of a memory and of its tables. */
export function allLocks(memory: SharedMemory): number[] {
  return [H_LOCK, ...tablesOf(memory).map(({ table }) => table + TABLE_LOCK)]
}

/** The thread that holds a lock; −1 for none. */
export function heldBy({ words }: SharedMemory, lock: number): number {
  return holderOf(words, lock)
}
