import { EBADF, EINVAL } from '../errors/numbers.js'
import { invalid } from '../errors/check.js'
import { isBranded } from '../errors/handle-error.js'
import { addHolder, dropHolder, ignoringErrors, type OpenObject } from '../object/open-object.js'
import { checkMinimum, checkTargetFirst, placeOpenAt } from './place.js'
import { CLOSE_ON_EXEC } from './metadata.js'
import type { Slots } from './slots.js'

/** A second handle for an open object, at the lowest free number at or above `minimum`: it, or −errno. */
export function duplicate(slots: Slots, handle: number, minimum: number, closeOnExec: boolean): number {
  return ofSource(slots, handle, 'dup', closeOnExec, (open, packed) => {
    checkMinimum(slots, minimum, 'dup')
    return withNewHolder(open, () => slots.place(open, minimum, packed))
  })
}

/** A second handle for an open object at this number, in one step (dup3(2)): the number, or −errno. */
export function duplicateAt(slots: Slots, handle: number, target: number, closeOnExec: boolean): number {
  if (slots.owners === 0) return -EBADF
  if (handle === target && typeof handle === 'number') return -EINVAL
  const refused = checkTargetFirst(slots, target, 'dup2')
  if (refused === -EBADF) return refused
  return ofSource(slots, handle, 'dup2', closeOnExec, (open, packed) => {
    if (refused < 0) return refused
    return withNewHolder(open, () => placeOpenAt(slots, target, open, packed))
  })
}

/**
 * Does something with what is duplicated, lent: a hook or another thread may close its handle meanwhile. A duplicate has
 * the role and mode of its handle, and close-on-exec only if asked for.
 */
function ofSource(
  slots: Slots,
  handle: unknown,
  syscall: string,
  closeOnExec: boolean,
  f: (open: OpenObject, packed: number) => number,
): number {
  if (typeof handle !== 'number') throw invalid('handle', 'a number', handle, syscall)
  for (;;) {
    const open = slots.lookAt(handle)
    if (open === undefined) return -EBADF
    const packed = slots.looked
    try {
      return f(open, closeOnExec ? packed | CLOSE_ON_EXEC : packed & ~CLOSE_ON_EXEC)
    } catch (error) {
      // Replaced by another thread before it was counted: the handle was open all the time, so it is looked up again.
      if (!hasGone(open, error)) throw error
    } finally {
      open.endBorrow()
    }
  }
}

/** Whether a borrowed object could not be counted since its last reference had gone. */
export function hasGone(open: OpenObject, error: unknown): boolean {
  return open.references === 0 && isBranded(error) && error.code === 'EBADF'
}

/** Counts a holder, and takes it back when it could not be placed: then why not is the error to report. */
function withNewHolder(open: OpenObject, placeIt: () => number): number {
  addHolder(open)
  let result = -EBADF
  try {
    return (result = placeIt())
  } finally {
    if (result < 0) ignoringErrors(dropHolder, open)
  }
}
