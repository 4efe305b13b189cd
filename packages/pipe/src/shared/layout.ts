import { SharedInode, SharedRing, type CommonsLayout } from '@ht/core/shared'

/*
 * A pipe in shared memory is what its two ends have in common: a page with these words, and the pages of a ring, which
 * are others when the pipe is resized.
 */

const RING = 0
/** Wait queues: of those who wait for a change that a reader sees, or a writer. */
export const FOR_READERS = RING + SharedRing.words
export const FOR_WRITERS = FOR_READERS + 32
/** What fchmod(2) and futimens(3) set, of both ends. */
export const INODE = FOR_WRITERS + 32

/* ── The ends, by number ── */
export const READ_END = 0
export const WRITE_END = 1

export const PIPE_LAYOUT: CommonsLayout = { ends: 2, words: INODE + SharedInode.words, rings: [RING] }
