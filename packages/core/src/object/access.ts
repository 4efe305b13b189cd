/** What may be done through a handle. */
export type AccessMode = 'ReadOnly' | 'WriteOnly' | 'ReadWrite'

/** Bit 0 of an access mode: it can be read. */
export const READABLE = 1
/** Bit 1 of an access mode: it can be written. */
export const WRITABLE = 2

/** READABLE and WRITABLE of a mode, or-ed; 0 for what is none. */
export function accessBits(mode: unknown): number {
  return mode === 'ReadOnly' ? READABLE : mode === 'WriteOnly' ? WRITABLE : mode === 'ReadWrite' ? READABLE | WRITABLE : 0
}

/** Status flag (open(2)): each write lands at the end. */
export const APPEND = 0o2000
/** Status flag: a call that would wait answers EAGAIN. */
export const NONBLOCK = 0o4000
/** Status flag: a write returns when the data is stored. */
export const SYNC = 0o4010000
/** All status flags: those above, which change what is done, and O_ASYNC, O_LARGEFILE, O_DIRECTORY and O_NOFOLLOW, which are only kept (F_GETFL). */
export const STATUS = APPEND | NONBLOCK | SYNC | 0o720000
