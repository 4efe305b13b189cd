import { SharedRing } from '@ht/core/shared'

/*
 * A pipe in shared memory is a page with its header, which stays where it is, and the pages of a ring, which are others
 * when the pipe is resized.
 */

/* ── The header, in words: the ring, and ── */
/** The addresses of the own words of the two ends. Written before the end counts as there. */
export const READER = SharedRing.words
export const WRITER = READER + 1
/**
 * Which ends are gone, or not there yet: {@link READ_END} and {@link WRITE_END}, or-ed; and those bits shifted by
 * {@link LEFT}, of ends whose last holder has gone at some time: their records say whether one is back.
 */
export const GONE = READER + 2
export const LEFT = 2
/** Wait queues: of those who wait for a change that a reader sees, or a writer. */
export const FOR_READERS = READER + 32
export const FOR_WRITERS = READER + 64
/** What fchmod(2) and futimens(3) set, of both ends. */
export const INODE = READER + 96

export const HEADER_BYTES = 4096

export const READ_END = 1
export const WRITE_END = 2

/* ── The own words of an end ── */
/** The address of the header. */
export const END_HEADER = 0
/** {@link READ_END} or {@link WRITE_END}. */
export const END_SIDE = 1
/** What its release has to do: one of the three below. */
export const END_STAGE = 2

/** Nothing: it is not connected yet, or its release is over but for the record. The header may be somebody else's. */
export const DETACHED = 0
/** It is to be taken off the pipe. */
export const CONNECTED = 1
/** It was the last end: the pages are to be freed. */
export const LAST = 2
