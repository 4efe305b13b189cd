/**
 * Memory for bytes on their way to the host. A segment is lent until the host has sent what is in it, and then used
 * again by whichever connection sends next; connections with nothing to send have none.
 */

/** The length of a segment, in bytes. */
export const SEGMENT = 131_072

/** A segment, with the bytes of its last user. */
export function takeSegment(): Uint8Array {
  return spare.pop() ?? new Uint8Array(SEGMENT)
}

/** Gives back memory that is no longer used; what is not a segment, or one too many, is let go. */
export function giveSegment(memory: Uint8Array): void {
  if (memory.length === SEGMENT && spare.length < MOST_SPARE) spare.push(memory)
}

const spare: Uint8Array[] = []
const MOST_SPARE = 8
