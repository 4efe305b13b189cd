/**
 * Memory for bytes on their way to the host. A segment is lent until the host has sent what is in it, and then used
 * again by whichever connection sends next; connections with nothing to send have none.
 */

/** The length of a segment, in bytes. */
export const SEGMENT = 131_072

/** A segment, with the bytes of whoever had it before. */
export function takeSegment(): Uint8Array {
  return spare.pop() ?? new Uint8Array(SEGMENT)
}

/** Gives memory back that nobody looks at any more; what is no segment, or one too many, is let go. */
export function giveSegment(memory: Uint8Array): void {
  if (memory.length === SEGMENT && spare.length < MOST_SPARE) spare.push(memory)
}

const spare: Uint8Array[] = []
const MOST_SPARE = 8
