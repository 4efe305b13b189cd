/*
 * Copies between shared memory and bytes of any kind. Engines copy shared memory fast only where source and target
 * agree modulo 8; where they do not, a piece goes through private memory that agrees with the shared side.
 */

/** Copies `count` bytes at `from` of `source` to `at` in the shared bytes. */
export function copyIn(shared: Uint8Array, at: number, source: Uint8Array, from: number, count: number): void {
  if (count <= SHORT) {
    for (let i = 0; i < count; i++) shared[at + i] = source[from + i]!
  } else if (count < DETOUR || ((source.byteOffset + from - at) & 7) === 0) {
    shared.set(count === source.length ? source : source.subarray(from, from + count), at)
  } else {
    for (let done = 0; done < count; done += SCRATCH) {
      const piece = Math.min(SCRATCH, count - done)
      const offset = fetch(source, from + done, piece, (at + done) & 7)
      shared.set(scratch.subarray(offset, offset + piece), at + done)
    }
  }
}

/** Copies `count` bytes at `at` of the shared bytes to `to` in `target`. */
export function copyOut(shared: Uint8Array, at: number, target: Uint8Array, to: number, count: number): void {
  if (count <= SHORT) {
    for (let i = 0; i < count; i++) target[to + i] = shared[at + i]!
  } else if (count < DETOUR || ((target.byteOffset + to - at) & 7) === 0) {
    target.set(shared.subarray(at, at + count), to)
  } else {
    const there = isShared(target) ? (target.byteOffset + to) & 7 : -1
    for (let done = 0; done < count; done += SCRATCH) {
      const piece = Math.min(SCRATCH, count - done)
      const offset = fetch(shared, at + done, piece, there < 0 ? (at + done) & 7 : there)
      target.set(scratch.subarray(offset, offset + piece), to + done)
    }
  }
}

/** Up to this many bytes a loop is faster than a call. */
const SHORT = 8
/** From this many bytes on, two fast copies take less than one slow one. */
const DETOUR = 256
/** How much goes through private memory at once: it stays in a core's cache. */
const SCRATCH = 16_384

/** What a piece goes through: private to this thread. */
let scratch = new Uint8Array(0)

/** Copies a piece into the scratch memory, to an offset that is `wanted` modulo 8: that offset. */
function fetch(source: Uint8Array, from: number, count: number, wanted: number): number {
  if (scratch.length === 0) scratch = new Uint8Array(SCRATCH + 16)
  const offset = isShared(source) ? (source.byteOffset + from) & 7 : wanted
  scratch.set(source.subarray(from, from + count), offset)
  if (offset !== wanted) scratch.copyWithin(wanted, offset, offset + count)
  return wanted
}

function isShared({ buffer }: Uint8Array): boolean {
  return !(buffer instanceof ArrayBuffer)
}
