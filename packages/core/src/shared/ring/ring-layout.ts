/*
 * The words of a ring in shared memory. What one side writes often is on cache lines of its own. Positions count all
 * bytes that ever went through, modulo 2^32; the capacity is a power of two, so a position is a place in the ring
 * modulo the capacity, before and after a resize. Always:
 *
 *   head <= seen tail <= tail <= seen head + capacity,  seen head <= head
 */

/** Held by the thread that adds. */
export const WRITE_LOCK = 0
/** The head as the last thread that added saw it. Guarded by {@link WRITE_LOCK}. */
export const SEEN_HEAD = 1
/** Where the next byte is added. Published by the holder of {@link WRITE_LOCK}. */
export const TAIL = 32
/** Held by the thread that takes. A resize holds both, this one second. */
export const READ_LOCK = 64
/** The tail as the last thread that took saw it. Guarded by {@link READ_LOCK}. */
export const SEEN_TAIL = 65
/** Where the next byte is taken. Published by the holder of {@link READ_LOCK}. */
export const HEAD = 96
/** The address of the bytes, and for how many there is room. Guarded by both locks: each is enough to read them. */
export const DATA = 128
export const CAPACITY = 129
/** How many bytes may be stored. */
export const LIMIT = 130

export const RING_WORDS = 160
