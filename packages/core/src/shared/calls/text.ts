import type { Words } from '../words/words.js'

/** Bytes of a unit: texts travel in UTF-16, in which every text of JavaScript can be written. */
export const TEXT_UNIT = 2

/** Writes a text from a byte address on, a multiple of 2. */
export function writeText({ units }: Words, at: number, text: string): void {
  const from = at / TEXT_UNIT
  for (let i = 0; i < text.length; i++) units[from + i] = text.charCodeAt(i)
}

/** Reads a text of this many units. */
export function readText({ units }: Words, at: number, length: number): string {
  const from = at / TEXT_UNIT
  let text = ''
  // A function takes no more arguments than fit on its stack.
  for (let i = 0; i < length; i += 4096) {
    text += String.fromCharCode(...units.subarray(from + i, from + Math.min(length, i + 4096)))
  }
  return text
}
