import { FIONREAD, SEEK_CUR, SEEK_DATA, SEEK_END, SEEK_HOLE, SEEK_SET } from '@ht/core'
import { EINVAL, ENOTTY, ENXIO } from './errno.js'

/*
 * What the offset of an open file is asked for: where it is to go, and how much lies behind it.
 */

/**
 * Moves an offset and answers it, or −EINVAL unless it comes to be from 0 to `highest` (lseek(2)). `size` is
 * asked for SEEK_END alone; NaN where there is no end to go to.
 */
function seekIn(state: { offset: number }, offset: number, origin: number, highest: number, size: () => number): number {
  const base = origin === SEEK_SET ? 0 : origin === SEEK_CUR ? state.offset : origin === SEEK_END ? size() : NaN
  const target = base + offset
  return target >= 0 && target <= highest ? (state.offset = target) : -EINVAL
}

/** Where the data or the hole begins that is next to a position within a file; −1 where no data follows. */
export type NextIn = (position: number, isHole: boolean) => number

/** {@link seekIn} for a file, which may have holes; without `next` it has none but its end. */
export function seekInFile(
  state: { offset: number },
  offset: number,
  origin: number,
  highest: number,
  size: () => number,
  next: NextIn = (position, isHole) => (isHole ? size() : position),
): number {
  if (origin !== SEEK_DATA && origin !== SEEK_HOLE) return seekIn(state, offset, origin, highest, size)
  const found = offset >= 0 && offset < size() ? next(offset, origin === SEEK_HOLE) : -1
  return found < 0 ? -ENXIO : (state.offset = found)
}

/** {@link seekIn} for a directory, whose offsets are cookies. */
export function seekInDirectory(state: { offset: number }, offset: number, origin: number): number {
  return seekIn(state, offset, origin, Number.MAX_SAFE_INTEGER, () => NaN)
}

/**
 * The one request that files know: how many bytes there are from the offset on, negative beyond the end (ioctl(2), FIONREAD).
 * It is the low 32 bits of that, as Linux has it.
 */
export function controlFile(request: number, argument: Uint8Array, waiting: () => number): number {
  if (request !== FIONREAD) return -ENOTTY
  if (argument.length < 4) return -EINVAL
  argument.set(new Uint8Array(Int32Array.of(waiting()).buffer))
  return 0
}
