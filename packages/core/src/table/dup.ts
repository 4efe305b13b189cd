import { EBADF, EINVAL } from '../errors/numbers.js'
import { invalid } from '../errors/check.js'
import { addHolder, dropHolder, ignoringErrors, type OpenObject } from '../object/open-object.js'
import { checkMinimum, checkTarget, placeOpen, placeOpenAt } from './place.js'
import { CLOSE_ON_EXEC } from './metadata.js'
import type { Slots } from './slots.js'

/** A second handle for an open object, at the lowest free number at or above `minimum`: it, or −errno. */
export function duplicate(slots: Slots, handle: number, minimum: number, closeOnExec: boolean): number {
  const open = source(slots, handle, 'dup')
  if (open === undefined) return -EBADF
  checkMinimum(slots, minimum, 'dup')
  const packed = packedFor(slots, handle, closeOnExec)
  return withNewHolder(open, () => placeOpen(slots, open, minimum, packed))
}

/** A second handle for an open object at this number, in one step (dup3(2)): the number, or −errno. */
export function duplicateAt(slots: Slots, handle: number, target: number, closeOnExec: boolean): number {
  if (slots.owners === 0) return -EBADF
  if (handle === target && typeof handle === 'number') return -EINVAL
  const refused = checkTarget(slots, target, 'dup2')
  if (refused === -EBADF) return refused
  const open = source(slots, handle, 'dup2')
  if (open === undefined) return -EBADF
  if (refused < 0) return refused
  const packed = packedFor(slots, handle, closeOnExec)
  return withNewHolder(open, () => placeOpenAt(slots, target, open, packed))
}

/** Counts a holder, and takes it back when it could not be placed: then why not is the error to report. */
function withNewHolder(open: OpenObject, placeIt: () => number): number {
  addHolder(open)
  const result = placeIt()
  if (result < 0) ignoringErrors(dropHolder, open)
  return result
}

function source(slots: Slots, handle: unknown, syscall: string): OpenObject | undefined {
  if (typeof handle !== 'number') throw invalid('handle', 'a number', handle, syscall)
  return slots.objectAt(handle)
}

/** A duplicate has the role and mode of its handle, and close-on-exec only if asked for. */
function packedFor(slots: Slots, handle: number, closeOnExec: boolean): number {
  const packed = slots.metadata[handle] as number
  return closeOnExec ? packed | CLOSE_ON_EXEC : packed & ~CLOSE_ON_EXEC
}
