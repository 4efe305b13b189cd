import { READABLE, WRITABLE, type AccessMode } from '@ht/core'

/** Modes by READABLE and WRITABLE, or-ed. */
export const ACCESS_MODES: readonly (AccessMode | undefined)[] = [undefined, 'ReadOnly', 'WriteOnly', 'ReadWrite']

/** What the object of a number is opened for: those from 8 to 11 can only be read. */
export function accessOf(number: number): number {
  return number >= 8 && number < 12 ? READABLE : READABLE | WRITABLE
}

/** The number of the role of a handle to the object of a number: LogOutput of what can only be read, else Regular. */
export function roleOf(number: number): number {
  return accessOf(number) === READABLE ? 7 : 3
}
