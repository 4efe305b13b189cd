import { readReal } from '../number.js'
import { compareVersions } from './version.js'

/** How texts are put in order: what is looked at of each, once, and how two of these compare. */
export interface Ordering<T = unknown> {
  read(text: string): T
  compare(a: T, b: T): number
}

function ordering<T>(read: (text: string) => T, compare: (a: T, b: T) => number): Ordering {
  return { read, compare }
}

export const byBytes = ordering((text) => text, compareBytes)

/** Numbers with a point, as long as they are: `-12.50`. What begins with none is 0. */
export const byNumber = ordering(numeral, compareNumerals)

/** Numbers with a unit behind: `2K` comes in front of `1M`, whatever the number. */
export const byHumanNumber = ordering(
  (text) => ({ unit: unitOf(text), number: numeral(text) }),
  (a, b) => a.unit - b.unit || compareNumerals(a.number, b.number),
)

/** Numbers as strtod(3) reads them. What is none comes first, then what is not a number. */
export const byGeneralNumber = ordering(
  (text) => readReal(text)?.value,
  (a, b) => {
    if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(!Number.isNaN(a)) - Number(!Number.isNaN(b))
    return a < b ? -1 : a > b ? 1 : 0
  },
)

/** Names of months, of which three letters count. What is none comes first. */
export const byMonth = ordering(
  (text) => MONTHS.indexOf(/^[ \t]*([a-z]{3})/i.exec(text)?.[1]?.toUpperCase() ?? ''),
  (a, b) => a - b,
)

export const byVersion = ordering((text) => text, compareVersions)

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

export function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** A number by its digits, without zeros that say nothing; and by its value, if that is exact. */
interface Numeral {
  readonly negative: boolean
  readonly whole: string
  readonly fraction: string
  readonly value: number | undefined
}

/** Of so many digits every number has a double of its own. */
const EXACT_DIGITS = 15

function numeral(text: string): Numeral {
  const [, sign = '', whole = '', fraction = ''] = /^[ \t\n]*(-?)0*(\d*)(?:\.(\d*))?/.exec(text) ?? []
  const short = fraction.replace(/0+$/, '')
  const value =
    whole.length + short.length <= EXACT_DIGITS ? Number(`${sign}${whole || '0'}.${short || '0'}`) : undefined
  return { negative: sign === '-' && whole + short !== '', whole, fraction: short, value }
}

function compareNumerals(a: Numeral, b: Numeral): number {
  if (a.value !== undefined && b.value !== undefined) return a.value - b.value
  if (a.negative !== b.negative) return a.negative ? -1 : 1
  const magnitude =
    a.whole.length - b.whole.length || compareBytes(a.whole, b.whole) || compareBytes(a.fraction, b.fraction)
  return a.negative ? -magnitude : magnitude
}

function unitOf(text: string): number {
  const [, sign, digits = '', unit = ''] = /^[ \t\n]*(-?)(\d*(?:\.\d+)?)(.?)/s.exec(text) ?? []
  if (!/[1-9]/.test(digits) || unit === '') return 0
  const order = ' KMGTPEZY'.indexOf(unit === 'k' ? 'K' : unit)
  return order <= 0 ? 0 : sign === '-' ? -order : order
}
