import { ROLE_SHIFT, roleNamed, roleNumber, NUMBERED_ROLES } from '../../table/metadata.js'
import { isLockBusy } from './lock-busy.js'
import { intern, textOf } from './interned-texts.js'
import type { Words } from './words.js'

/*
 * A plugin's role has a number of this program's own, which another thread does not know: in a shared table's
 * metadata its number is that of its name in the memory, counted from behind the numbered roles. Those have the same
 * number everywhere.
 */

const PREFIX = 'role '

/** Packed metadata of this thread, as a shared slot keeps it. */
export function roleThere(memory: Words, packed: number): number {
  const role = packed >> ROLE_SHIFT
  return role <= NUMBERED_ROLES ? packed : withRole(packed, NUMBERED_ROLES + numberOf(memory, role))
}

/** Packed metadata of a shared slot, as this thread understands it. */
export function roleHere(memory: Words, packed: number): number {
  const role = packed >> ROLE_SHIFT
  if (role <= NUMBERED_ROLES) return packed
  return withRole(packed, here(memory, role))
}

/**
 * Makes sure that the role of packed metadata has its number in the memory, before a table's lock is taken. One that was
 * not asked for, but is the kind's, is none where there is no room for its name.
 *
 * @throws ENOMEM when there is no room for the name of one that was asked for; EAGAIN where this thread may not wait for the
 *   memory's lock
 */
export function admitRole(memory: Words, packed: number, isAskedFor: boolean): void {
  const role = packed >> ROLE_SHIFT
  if (role <= NUMBERED_ROLES) return
  try {
    there(memory, role)
  } catch (error) {
    if (isAskedFor || isLockBusy(error)) throw error
  }
}

/** Slots are written under a lock, where nothing may throw: without room for its name a role is none. */
function numberOf(memory: Words, role: number): number {
  try {
    return there(memory, role)
  } catch {
    return -NUMBERED_ROLES
  }
}

/**
 * The memory's number of a role of this program's. Programs name roles as they like, and names are never given back: roles
 * have half of the room, and kinds find theirs in any case.
 */
function there(memory: Words, role: number): number {
  const { rolesThere } = memory
  let number = rolesThere.get(role)
  if (number === undefined) {
    number = intern(memory, PREFIX + roleNamed(role), memory.nameWords >> 1)
    rolesThere.set(role, number)
  }
  return number
}

/** This program's number of a role of the memory's. */
function here(memory: Words, role: number): number {
  const { rolesHere } = memory
  let number = rolesHere.get(role)
  if (number === undefined) {
    number = roleNumber(textOf(memory, role - NUMBERED_ROLES).slice(PREFIX.length))
    rolesHere.set(role, number)
  }
  return number
}

function withRole(packed: number, role: number): number {
  return (packed & ((1 << ROLE_SHIFT) - 1)) | (role << ROLE_SHIFT)
}
