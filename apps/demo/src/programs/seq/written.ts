import { UsageError } from '../failure.js'
import { quotedArgument } from '../quote.js'
import { parseLongDouble, type LongDouble } from './long-double.js'

/** A number that seq is given, and how it was written, which says how the numbers of the sequence are. */
export interface Written {
  readonly text: string
  readonly value: LongDouble
  /** How many digits it has behind the point; undefined where that cannot be said: it is hexadecimal, or infinite. */
  readonly precision: number | undefined
  /** How many characters it takes with so many digits behind the point. */
  readonly width: number
}

export const ONE: Written = { text: '1', value: { mantissa: 1n, exponent: 0 }, precision: 0, width: 1 }

/** @throws UsageError */
export function parseWritten(argument: string): Written {
  const value = parseLongDouble(argument)
  if (value === undefined) throw new UsageError(`invalid floating point argument: ${quotedArgument(argument)}`)
  if (Number.isNaN(value)) throw new UsageError(`invalid 'not-a-number' argument: ${quotedArgument(argument)}`)
  const text = argument.replace(/^[ \t-\r+]*/, '')
  const found = /^(-?)(\d*)(\.?)(\d*)(?:e([+-]?\d+))?$/i.exec(text)
  if (found === null || typeof value === 'number')
    return { text, value, precision: /[.p]/i.test(text) || /x/i.test(text) ? undefined : 0, width: 0 }
  const [, sign = '', whole = '', , fraction = '', exponent = '0'] = found
  const power = Number(exponent)
  const precision = Math.max(0, fraction.length - power)
  // With an exponent the point moves: to the right over digits and then zeros, to the left zeros come in front.
  const digits = Math.max(whole.length, 1) + Math.max(0, power)
  return { text, value, precision, width: sign.length + digits + (precision > 0 ? precision + 1 : 0) }
}

/** How many digits the numbers have behind the point; undefined where they are written in %g. */
export function decimalsOf(first: Written, step: Written, last: Written): number | undefined {
  if (first.precision === undefined || step.precision === undefined || last.precision === undefined) return undefined
  return typeof first.value !== 'number' && typeof step.value !== 'number'
    ? Math.max(first.precision, step.precision)
    : undefined
}

/** How wide numbers of equal width are. */
export function widthOf(first: Written, last: Written, decimals: number): number {
  return Math.max(withDecimals(first, decimals), withDecimals(last, decimals))
}

function withDecimals({ width, precision = 0 }: Written, decimals: number): number {
  const point = (decimals > 0 ? 1 : 0) - (precision > 0 ? 1 : 0)
  return width === 0 ? 0 : width + decimals - precision + point
}
