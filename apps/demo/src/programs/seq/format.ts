import { Failure } from '../failure.js'
import { quotedArgument } from '../quote.js'
import { divideEvenly, toDecimal, type Decimal, type LongDouble } from './long-double.js'

/** A format of printf(3) with one directive for a number. */
export interface Format {
  readonly prefix: string
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
  readonly letter: string
  readonly suffix: string
}

/** Takes apart a format with one of %a, %e, %f, %g. @throws Failure */
export function parseFormat(text: string): Format {
  const say = (what: string) => new Failure(`format ${quotedArgument(text)} ${what}`)
  const found = /^((?:[^%]|%%)*)%(?!%)([-+ #0']*)(\d*)(?:\.(\d*))?L?([^]?)([^]*)$/.exec(text)
  if (found === null) throw say('has no % directive')
  const [, prefix = '', flags = '', width = '', precision, letter = '', suffix = ''] = found
  if (letter === '') throw say('ends in %')
  if (!'aAeEfFgG'.includes(letter)) throw say(`has unknown %${letter} directive`)
  if (/^(?:[^%]|%%)*%(?!%)/.test(suffix)) throw say('has too many % directives')
  return {
    prefix: prefix.replaceAll('%%', '%'),
    flags,
    width: Number(width),
    precision: precision === undefined ? undefined : Number(precision),
    letter,
    suffix: suffix.replaceAll('%%', '%'),
  }
}

/** A number as printf(3) writes it. */
export function formatNumber({ prefix, flags, width, precision, letter, suffix }: Format, value: LongDouble): string {
  const isFinite = typeof value !== 'number'
  const negative = isFinite ? toDecimal(value).negative : value < 0
  const sign = negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  const shown = isFinite
    ? digitsOf(value, letter.toLowerCase(), precision, flags.includes('#'))
    : Number.isNaN(value)
      ? 'nan'
      : 'inf'
  const digits = letter === letter.toLowerCase() ? shown : shown.toUpperCase()
  const zeros = flags.includes('0') && !flags.includes('-') && isFinite
  // Zeros come behind the 0x of hexadecimal ones.
  const [head, tail] = zeros && /^0x/i.test(digits) ? [sign + digits.slice(0, 2), digits.slice(2)] : [sign, digits]
  const filled = zeros
    ? head + tail.padStart(width - head.length, '0')
    : flags.includes('-')
      ? (sign + digits).padEnd(width)
      : (sign + digits).padStart(width)
  return prefix + filled + suffix
}

function digitsOf(
  value: Exclude<LongDouble, number>,
  letter: string,
  precision: number | undefined,
  keepZeros: boolean,
): string {
  if (letter === 'a') return hexadecimal(value, precision, keepZeros)
  const decimal = toDecimal(value)
  if (letter === 'f') return fixed(decimal, precision ?? 6, keepZeros)
  if (letter === 'e') return exponential(decimal, precision ?? 6, keepZeros)
  const significant = Math.max(precision ?? 6, 1)
  const { exponent } = mantissaOf(decimal, significant)
  const isScientific = exponent < -4 || exponent >= significant
  const digits = isScientific
    ? exponential(decimal, significant - 1, keepZeros)
    : fixed(decimal, significant - 1 - exponent, keepZeros)
  return keepZeros ? digits : digits.replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '')
}

function fixed({ digits, scale }: Decimal, precision: number, keepPoint: boolean): string {
  const wanted =
    scale <= precision
      ? digits * 10n ** BigInt(precision - scale)
      : divideEvenly(digits, 10n ** BigInt(scale - precision))
  const text = String(wanted).padStart(precision + 1, '0')
  const point = precision > 0 || keepPoint ? '.' : ''
  return text.slice(0, text.length - precision) + point + text.slice(text.length - precision)
}

function exponential(decimal: Decimal, precision: number, keepPoint: boolean): string {
  const { digits, exponent } = mantissaOf(decimal, precision + 1)
  const power = `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
  return `${digits[0]!}${precision > 0 || keepPoint ? '.' : ''}${digits.slice(1)}e${power}`
}

/** The first significant digits, and the power of ten of the first. */
function mantissaOf({ digits, scale }: Decimal, significant: number): { digits: string; exponent: number } {
  if (digits === 0n) return { digits: '0'.repeat(significant), exponent: 0 }
  const length = String(digits).length
  const excess = length - significant
  const text = String(excess > 0 ? divideEvenly(digits, 10n ** BigInt(excess)) : digits * 10n ** BigInt(-excess))
  // It may have been rounded to one more: 9.99 to 10.0.
  return { digits: text.slice(0, significant), exponent: length - scale - 1 + (text.length - significant) }
}

/** As glibc writes a long double: the first digit is 8 to f. */
function hexadecimal(
  { mantissa, exponent }: Exclude<LongDouble, number>,
  precision: number | undefined,
  keepPoint: boolean,
): string {
  const magnitude = mantissa < 0n ? -mantissa : mantissa
  if (magnitude === 0n) return `0x0${(precision ?? 0) > 0 ? `.${'0'.repeat(precision!)}` : keepPoint ? '.' : ''}p+0`
  const shift = 64 - magnitude.toString(2).length
  let [bits, power] = [magnitude << BigInt(shift), exponent - shift + 60]
  if (precision !== undefined && precision < 15) {
    bits = divideEvenly(bits, 1n << BigInt(60 - 4 * precision)) << BigInt(60 - 4 * precision)
    if (bits >> 64n > 0n) [bits, power] = [bits >> 1n, power + 1]
  }
  const digits = bits.toString(16)
  const fraction =
    precision === undefined
      ? digits.slice(1).replace(/0+$/, '')
      : digits.slice(1).slice(0, precision).padEnd(precision, '0')
  return `0x${digits[0]!}${fraction !== '' || keepPoint ? '.' : ''}${fraction}p${power < 0 ? '-' : '+'}${Math.abs(power)}`
}
