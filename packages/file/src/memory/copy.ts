/** From here on the engine's own copy beats a loop, though it needs a view. */
const BY_ENGINE = 32

/** Copies `length` bytes; either side may lie in shared memory. They do not overlap. */
export function copyBytes(to: Uint8Array, toAt: number, from: Uint8Array, fromAt: number, length: number): void {
  if (length === from.length) to.set(from, toAt)
  else if (length >= BY_ENGINE) to.set(from.subarray(fromAt, fromAt + length), toAt)
  else for (let i = 0; i < length; i++) to[toAt + i] = from[fromAt + i]!
}
