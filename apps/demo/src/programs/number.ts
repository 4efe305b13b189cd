/** Powers that a letter behind a number stands for, by their place: K is 1024, M is 1024², … */
const POWERS = 'KMGTPEZY'
const LARGEST = 2n ** 64n - 1n

/**
 * A count with a suffix, as most tools take it: digits, and `b` (512), `K` or `KiB` (1024), `KB` (1000), and so on.
 * Undefined for what is none; Infinity for one that no integer of 64 bits holds.
 */
export function parseCount(text: string): number | undefined {
  const found = /^[ \t-\r]*\+?(\d*)(?:(b)|([kKmMGTPEZY])(iB|B)?)?$/.exec(text)
  if (found === null) return undefined
  const [, digits = '', block, letter, base] = found
  // A suffix alone counts one.
  if (digits === '' && block === undefined && letter === undefined) return undefined
  const power = letter === undefined ? 0 : POWERS.indexOf(letter.toUpperCase()) + 1
  const scale = block === undefined ? (base === 'B' ? 1000n : 1024n) ** BigInt(power) : 512n
  const count = BigInt(digits || '1') * scale
  return count > LARGEST ? Infinity : Number(count)
}

/** A number with a point as strtod(3) reads it, the whole text; undefined for what is none. */
export function parseReal(text: string): number | undefined {
  const found = readReal(text)
  return found?.length === text.length ? found.value : undefined
}

/** The number that a text begins with, and how long that is. */
export function readReal(text: string): { value: number; length: number } | undefined {
  const [all, sign, magnitude] = REAL.exec(text) ?? []
  if (all === undefined || magnitude === undefined) return undefined
  const value = valueOf(magnitude.toLowerCase())
  return { value: sign === '-' ? -value : value, length: all.length }
}

const HEXADECIMAL = String.raw`0x(?:[\da-f]+\.?[\da-f]*|\.[\da-f]+)(?:p[+-]?\d+)?`
const DECIMAL = String.raw`(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?`
const REAL = new RegExp(String.raw`^[ \t-\r]*([+-]?)(inf(?:inity)?|nan(?:\(\w*\))?|${HEXADECIMAL}|${DECIMAL})`, 'i')

function valueOf(magnitude: string): number {
  if (magnitude.startsWith('inf')) return Infinity
  if (magnitude.startsWith('nan')) return NaN
  if (!magnitude.startsWith('0x')) return Number(magnitude)
  const [, whole = '', fraction = '', power = '0'] = /^0x([\da-f]*)\.?([\da-f]*)(?:p(.*))?$/.exec(magnitude)!
  return Number(`0x${whole}${fraction}`) * 2 ** (Number(power) - 4 * fraction.length)
}
