/*
 * Readiness bits: the numbers of poll(2) on Linux.
 */

/** There are bytes to read, or the end of file. */
export const IN = 0x001
/** There is something urgent. */
export const PRI = 0x002
/** A write would succeed. */
export const OUT = 0x004
/** Something failed: a pipe without a reader, a broken connection. */
export const ERR = 0x008
/** The other side has gone. */
export const HUP = 0x010
/** The handle is not open; only poll's own answer. */
export const NVAL = 0x020
/** The other side will send no more. */
export const RDHUP = 0x2000
