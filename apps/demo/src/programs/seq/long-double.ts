/**
 * Numbers as the C library's long double has them on x86-64, since that is what seq counts with: a mantissa of up to 64
 * bits, with its sign, times a power of two. Infinite ones are JavaScript's own. There is no limit to exponents.
 */
export type LongDouble = Finite | number

interface Finite {
  readonly mantissa: bigint
  readonly exponent: number
  /** Of zero alone. */
  readonly negativeZero?: boolean
}

/** A number in decimal digits, exactly: `digits` divided by ten so many times. */
export interface Decimal {
  readonly negative: boolean
  readonly digits: bigint
  readonly scale: number
}

const BITS = 64
/** Decimal exponents that are further from 0 are those of nothing, or of infinity. */
const LARGEST_EXPONENT = 5000

/** The number that a text is, the whole of it (strtold(3)); NaN for one that is not a number, undefined for what is none. */
export function parseLongDouble(text: string): LongDouble | undefined {
  const found = FORM.exec(text)
  if (found === null) return undefined
  const [
    ,
    sign,
    infinite,
    nan,
    hexWhole = '',
    hexFraction = '',
    hexPower = '0',
    whole = '',
    fraction = '',
    power = '0',
  ] = found
  if (nan !== undefined) return NaN
  const isNegative = sign === '-'
  if (infinite !== undefined) return isNegative ? -Infinity : Infinity
  const digits = hexWhole + hexFraction === '' ? BigInt(whole + fraction) : BigInt(`0x${hexWhole}${hexFraction}`)
  if (digits === 0n) return { mantissa: 0n, exponent: 0, negativeZero: isNegative }
  const signed = isNegative ? -digits : digits
  if (hexWhole + hexFraction !== '') return rounded(signed, Number(hexPower) - 4 * hexFraction.length)
  const exponent = Number(power) - fraction.length
  if (exponent + String(digits).length > LARGEST_EXPONENT) return isNegative ? -Infinity : Infinity
  if (exponent + String(digits).length < -LARGEST_EXPONENT)
    return { mantissa: 0n, exponent: 0, negativeZero: isNegative }
  if (exponent >= 0) return rounded(signed * 10n ** BigInt(exponent), 0)
  // More bits than count, and one that says whether anything was left.
  const shift = BITS + 4 * -exponent
  const divisor = 10n ** BigInt(-exponent)
  const quotient = (digits << BigInt(shift)) / divisor
  const sticky = quotient * divisor === digits << BigInt(shift) ? 0n : 1n
  const magnitude = (quotient << 1n) | sticky
  return rounded(isNegative ? -magnitude : magnitude, -shift - 1)
}

const FORM =
  /^[ \t-\r]*([+-]?)(?:(inf(?:inity)?)|(nan(?:\(\w*\))?)|0x(?=[\da-f]|\.[\da-f])([\da-f]*)\.?([\da-f]*)(?:p([+-]?\d+))?|(?=\d|\.\d)(\d*)\.?(\d*)(?:e([+-]?\d+))?)$/i

/** Two numbers added. */
export function plus(a: LongDouble, b: LongDouble): LongDouble {
  if (typeof a === 'number' || typeof b === 'number')
    return (typeof a === 'number' ? a : 0) + (typeof b === 'number' ? b : 0)
  const exponent = Math.min(a.exponent, b.exponent)
  return rounded(aligned(a, exponent) + aligned(b, exponent), exponent)
}

/** A number so many times. */
export function times(count: number, a: LongDouble): LongDouble {
  return typeof a === 'number' ? count * a : rounded(BigInt(count) * a.mantissa, a.exponent)
}

/** Below, above or equal to 0. */
export function compare(a: LongDouble, b: LongDouble): number {
  if (typeof a === 'number' || typeof b === 'number') {
    const [x, y] = [typeof a === 'number' ? a : 0, typeof b === 'number' ? b : 0]
    return x < y ? -1 : x > y ? 1 : 0
  }
  const exponent = Math.min(a.exponent, b.exponent)
  const [x, y] = [aligned(a, exponent), aligned(b, exponent)]
  return x < y ? -1 : x > y ? 1 : 0
}

export function toDecimal({ mantissa, exponent, negativeZero = false }: Finite): Decimal {
  const magnitude = mantissa < 0n ? -mantissa : mantissa
  const negative = mantissa < 0n || negativeZero
  if (exponent >= 0) return { negative, digits: magnitude << BigInt(exponent), scale: 0 }
  return { negative, digits: magnitude * 5n ** BigInt(-exponent), scale: -exponent }
}

function aligned({ mantissa, exponent }: Finite, to: number): bigint {
  return mantissa << BigInt(exponent - to)
}

/** The number nearest to this one; of two the even one. */
function rounded(mantissa: bigint, exponent: number): Finite {
  const magnitude = mantissa < 0n ? -mantissa : mantissa
  const excess = magnitude.toString(2).length - BITS
  if (excess <= 0) return { mantissa, exponent }
  const shift = BigInt(excess)
  const kept = divideEvenly(magnitude, 1n << shift)
  return { mantissa: mantissa < 0n ? -kept : kept, exponent: exponent + excess }
}

/** Divides, and rounds to the nearest; halves to the even one. */
export function divideEvenly(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  const twice = (dividend - quotient * divisor) * 2n
  return twice > divisor || (twice === divisor && quotient % 2n === 1n) ? quotient + 1n : quotient
}
