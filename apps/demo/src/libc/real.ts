/*
 * Numbers with a point, as strtod(3) reads and printf(3) writes them.
 */

/** The number that a text begins with, and how many characters it has; undefined if it begins with none. */
export function readReal(text: string): { value: number; length: number } | undefined {
  const [all, sign, magnitude] = REAL.exec(text) ?? []
  if (all === undefined || magnitude === undefined) return undefined
  const value = /^i/i.test(magnitude) ? Infinity : Number(magnitude.toLowerCase())
  return { value: sign === '-' ? -value : value, length: all.length }
}

/** The number that a whole text is; undefined if it is none. */
export function parseReal(text: string): number | undefined {
  const found = readReal(text)
  return found?.length === text.length ? found.value : undefined
}

const REAL = /^[ \t-\r]*([+-]?)(inf(?:inity)?|nan|0x[\da-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/i

/** A conversion of printf(3) for a number with a point: `%5.2f`. */
export interface RealFormat {
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
  /** One of e, f, g, E, F, G. */
  readonly letter: string
}

/** A number as printf(3) writes it, but that exact halves are rounded up. */
export function formatReal({ flags, width, precision = 6, letter }: RealFormat, value: number): string {
  const magnitude = Math.abs(value)
  const digits = Number.isFinite(value)
    ? digitsOf(magnitude, letter.toLowerCase(), precision)
    : Number.isNaN(value)
      ? 'nan'
      : 'inf'
  const isNegative = value < 0 || Object.is(value, -0)
  const sign = isNegative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  const shown = letter === letter.toLowerCase() ? digits : digits.toUpperCase()
  if (flags.includes('-')) return (sign + shown).padEnd(width)
  if (flags.includes('0') && Number.isFinite(value)) return sign + shown.padStart(width - sign.length, '0')
  return (sign + shown).padStart(width)
}

function digitsOf(value: number, letter: string, precision: number): string {
  if (letter === 'f') return fixed(value, precision)
  if (letter === 'e') return exponential(value, precision)
  const significant = Math.max(precision, 1)
  const exponent = Number(/e(.*)/.exec(value.toExponential(significant - 1))![1])
  const isShort = exponent >= -4 && exponent < significant
  const digits = isShort ? fixed(value, significant - 1 - exponent) : exponential(value, significant - 1)
  return digits.replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '')
}

function fixed(value: number, precision: number): string {
  // From 1e21 on toFixed() writes an exponent, and all digits are those of a whole number.
  return value < 1e21
    ? value.toFixed(Math.min(precision, MOST))
    : `${BigInt(value)}${precision > 0 ? `.${'0'.repeat(precision)}` : ''}`
}

function exponential(value: number, precision: number): string {
  return value.toExponential(Math.min(precision, MOST)).replace(/e([+-])(\d)$/, 'e$10$2')
}

/** The most digits that JavaScript writes behind a point. */
const MOST = 100
