import { HandleError } from '../errors/handle-error.js'
import { releaseAll } from './release.js'
import type { OpenObject } from '../object/open-object.js'
import type { Slots } from './slots.js'

/** One owner more of a table that has one. */
export function addOwner(slots: Slots): void {
  const locked = slots.lock()
  let added: boolean
  try {
    added = locked.addOwner()
  } finally {
    locked.unlock()
  }
  if (!added) throw disposed()
}

/**
 * One owner less; the last one closes everything. Where a thread that is ending holds the table's lock, that is done once
 * it is open.
 */
export function leave(slots: Slots): void {
  try {
    leaveNow(slots)
  } catch (error) {
    const later = slots.postpone?.(error, () => {
      leaveNow(slots)
    })
    if (later !== true) throw error
  }
}

/** {@link leave}, at once or not at all. @throws EAGAIN where this thread may not wait for the lock @internal */
export function leaveNow(slots: Slots): void {
  const locked = slots.lock()
  let isLast: boolean
  let fallen: OpenObject[]
  try {
    isLast = locked.dropOwner()
    fallen = isLast ? locked.clearRange(0, Infinity, () => true) : []
  } finally {
    locked.unlock()
  }
  try {
    if (isLast) slots.end()
  } finally {
    releaseAll(fallen)
  }
}

/** The error for an owner that owns nothing any more. */
export function disposed(): HandleError {
  return new HandleError('EBADF', { text: 'bad file descriptor: this owner of the table was disposed of' })
}
