import { SharedInode, SharedRing, type CommonsLayout } from '@ht/core/shared'

/*
 * A connection in shared memory is what its two sockets have in common: a page with these words, and the pages of two
 * rings. The sides are 0 and 1, the numbers of the ends.
 */

/** Of each side, the ring of what it sent. */
export const SENT = [0, SharedRing.words] as const
/** All that has come to pass with the two sides, as bits that are only ever set; each change is one step. */
export const STATE = 2 * SharedRing.words
/** Of each side, those who wait for a change that can be seen there: a wait queue. */
export const CHANGES = [STATE + 32, STATE + 64] as const
/** Of each side, options that are kept without effect, by their place in the list of them. */
export const OPTIONS = [STATE + 96, STATE + 112] as const
/** Of each side, its name: how many bytes it has, {@link NAMING} while they are being written, and the bytes. */
export const NAMES = [STATE + 128, STATE + 160] as const
export const NAMING = -1
/** Of each side, what fchmod(2) and futimens(3) set. */
export const INODES = [STATE + 192, STATE + 200] as const

export const CONNECTION_LAYOUT: CommonsLayout = { ends: 2, words: INODES[1] + SharedInode.words, rings: SENT }

/* ── Bits of the state, of side 0; those of side 1 are shifted by {@link SIDE_SHIFT} ── */
/** 1 and 2, RECEIVING and SENDING: what was shut down. */
/** Its last holder has gone. */
export const CLOSED = 4
/** What it sent was never received: it is told so once, and has been. */
export const RESET = 8
export const TOLD = 16
export const SIDE_SHIFT = 8
