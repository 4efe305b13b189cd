import { invalid } from '../errors/check.js'
import { EBADF, EBUSY, EMFILE } from '../errors/numbers.js'
import { errorFrom, HandleError } from '../errors/handle-error.js'
import { arrived, isAccepted, isStillThere, prepare, turnedBack, type Incoming } from './incoming.js'
import { releaseQuietly } from './release.js'
import { Reference } from '../object/reference.js'
import type { KernelObject } from '../object/kernel-object.js'
import type { OpenObject } from '../object/open-object.js'
import type { MetadataInit } from './metadata.js'
import type { Slots } from './slots.js'

/** Places one object at the lowest free number at or above `minimum`: the number, or −errno. */
export function place(
  slots: Slots,
  object: KernelObject,
  minimum: number,
  metadata: MetadataInit | undefined,
  syscall: string,
): number {
  if (slots.owners === 0) return -EBADF
  checkMinimum(slots, minimum, syscall)
  if (metadata !== undefined || !isPlain(object) || !isAccepted(slots, object.target)) {
    return placePrepared(slots, object, minimum, metadata, syscall)
  }
  // The usual case, in short: of a holder of which the kind has been asked, no code runs before it is placed.
  const given = object.target
  const open = slots.admit(given, true)
  if (open !== given) object.target = open
  const handle = slots.place(open, minimum, open.inferred)
  if (handle >= 0) object.moveOut()
  return handle
}

/** {@link place}, of an object for which code of others runs. Apart, since a function that makes a closure costs more. */
function placePrepared(
  slots: Slots,
  object: KernelObject,
  minimum: number,
  metadata: MetadataInit | undefined,
  syscall: string,
): number {
  const incoming = prepare(slots, object, metadata, syscall)
  const { open, packed } = incoming
  return settle(incoming, () => slots.place(open, minimum, packed))
}

/** Places one object at this number, and closes what it named before: the number, or −errno. */
export function placeAt(slots: Slots, handle: number, object: KernelObject, metadata: MetadataInit | undefined): number {
  const refused = checkTargetFirst(slots, handle, 'replace')
  if (refused < 0) return refused
  const incoming = prepare(slots, object, metadata, 'replace')
  const { open, packed } = incoming
  return settle(incoming, () => placeOpenAt(slots, handle, open, packed))
}

/**
 * Makes a number name a holder in one step, and closes what it named before; an error of that closing is
 * dropped. The number, or −errno.
 */
export function placeOpenAt(slots: Slots, handle: number, open: OpenObject, packed: number): number {
  const locked = slots.lock()
  let refused: number
  let fallen: OpenObject | undefined
  try {
    refused = checkTarget(slots, handle, 'replace')
    if (refused === 0) {
      if (!slots.isOpen(handle)) locked.take(handle)
      fallen = locked.set(handle, open, packed)
    }
  } finally {
    locked.unlock()
  }
  if (fallen !== undefined) releaseQuietly([fallen])
  return refused === 0 ? handle : refused
}

/** Opens a number that was reserved when its generation was this: the number, or −errno. */
export function placeReserved(
  slots: Slots,
  handle: number,
  generation: number,
  object: KernelObject,
  metadata: MetadataInit | undefined,
): number {
  if (slots.owners === 0) return -EBADF
  const incoming = prepare(slots, object, metadata, 'fill')
  return settle(incoming, () => {
    const locked = slots.lock()
    try {
      // Hooks have run: the reservation may have been cancelled or filled, and its number be somebody else's.
      const isMine = slots.owners > 0 && slots.isReserved(handle) && slots.generationAt(handle) === generation
      if (isMine) locked.set(handle, incoming.open, incoming.packed)
      return isMine ? handle : -EBADF
    } finally {
      locked.unlock()
    }
  })
}

/** Places several objects at the lowest free numbers, all or none. */
export function placeAll(slots: Slots, objects: readonly KernelObject[], metadata: MetadataInit | undefined): number[] {
  const syscall = 'insertAll'
  if (slots.owners === 0) throw new HandleError('EBADF', { syscall })
  if (!Array.isArray(objects)) throw invalid('objects', 'a list of objects', objects, syscall)
  if (new Set(objects).size < objects.length) {
    throw new HandleError('EINVAL', { text: 'objects names one reference twice', syscall })
  }
  const incoming: Incoming[] = []
  const handles: number[] = []
  try {
    for (const object of objects) incoming.push(prepare(slots, object as KernelObject, metadata, syscall))
    const locked = slots.lock()
    let failed: number | undefined
    try {
      for (const each of incoming) {
        const handle = slots.owners === 0 || !isStillThere(each) ? -EBADF : locked.reserve(0)
        handles.push(handle)
        if (handle < 0) break
      }
      failed = handles.find((handle) => handle < 0)
      // Nobody sees one of them unless there is room for all.
      if (failed === undefined) incoming.forEach(({ open, packed }, i) => locked.set(handles[i]!, open, packed))
      else for (const handle of handles) if (handle >= 0) locked.cancel(handle)
    } finally {
      locked.unlock()
    }
    if (failed !== undefined) throw placingError(failed, syscall)
  } catch (error) {
    incoming.forEach(turnedBack)
    throw error
  }
  incoming.forEach(arrived)
  return handles
}

/** The error of a placement that answered −errno. */
export function placingError(errno: number, syscall: string, handle?: unknown): HandleError {
  const full = errno === -EMFILE ? 'Too many open KernelObjects, limit reached' : undefined
  return errorFrom(errno, { syscall, handle, text: full })
}

/** 0 for a number that an object may be placed at, else −errno (dup2(2)). Asked before the lock is taken. */
export function checkTargetFirst(slots: Slots, handle: unknown, syscall: string): number {
  const refused = checkTarget(slots, handle, syscall)
  if (refused !== -EBUSY) return refused
  // A number is reserved for a moment, too, while another thread opens it.
  const locked = slots.lock()
  try {
    return checkTarget(slots, handle, syscall)
  } finally {
    locked.unlock()
  }
}

/** {@link checkTargetFirst}, asked under the lock. */
function checkTarget(slots: Slots, handle: unknown, syscall: string): number {
  if (typeof handle !== 'number') throw invalid('handle', 'a number', handle, syscall)
  if (!Number.isInteger(handle) || handle < 0 || handle >= slots.limit || slots.owners === 0) return -EBADF
  return slots.isReserved(handle) ? -EBUSY : 0
}

/** @throws EINVAL unless a placement at or above `minimum` makes sense (F_DUPFD); 0 always does */
export function checkMinimum(slots: Slots, minimum: unknown, syscall: string): void {
  if (minimum === 0) return
  if (!Number.isInteger(minimum) || (minimum as number) < 0 || (minimum as number) >= slots.limit) {
    throw invalid('minimum', `an integer from 0 and below the limit of ${String(slots.limit)}`, minimum, syscall)
  }
}

/** Whether a reference is a live holder whose kind has been asked for metadata. */
function isPlain(object: KernelObject): object is Reference & { target: OpenObject } {
  return object instanceof Reference && object.holder && object.target !== null && object.target.inferred >= 0
}

/** Places what was prepared, if it still is what it was. */
function settle(incoming: Incoming, placeIt: () => number): number {
  let result: number
  try {
    result = isStillThere(incoming) ? placeIt() : -EBADF
  } catch (error) {
    turnedBack(incoming)
    throw error
  }
  if (result < 0) turnedBack(incoming)
  else arrived(incoming)
  return result
}
