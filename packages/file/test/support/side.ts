import type { Operation } from './operations.js'

/** What an operation gave: a number, −errno, a text that stands for what was read, or `closed`. */
export type Answer = number | string

/** One of two that do the same operations. */
export interface Side {
  run(operation: Operation): Answer
  /** All names, with what they name and hold. */
  picture(): string
  end(): void
}

/** Bytes to write, none of them zero; they tell by their values how many there are. */
export function pattern(length: number): Uint8Array {
  let bytes = patterns.get(length)
  if (bytes === undefined) {
    bytes = Uint8Array.from({ length }, (_, i) => 1 + ((i * 7 + length) % 255))
    patterns.set(length, bytes)
  }
  return bytes
}

const patterns = new Map<number, Uint8Array>()
