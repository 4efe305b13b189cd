import { defineCommand } from '../command.js'
import { UsageError } from '../failure.js'
import { decimalsOf, ONE, parseWritten, widthOf, type Written } from './written.js'
import { formatNumber, parseFormat, type Format } from './format.js'
import { compare, parseLongDouble, plus, times, toDecimal } from './long-double.js'
import { quotedArgument } from '../quote.js'

/** Writes numbers from one to another (seq(1)). */
export const seq = defineCommand({
  name: 'seq',
  usage: '[OPTION]... [FIRST [INCREMENT]] LAST',
  help: `Writes the numbers from FIRST to LAST, in steps of INCREMENT; both are 1 unless told.
  -f, --format=FORMAT     use FORMAT as of printf: a, e, f or g
  -s, --separator=STRING  use STRING between numbers; a newline unless told
  -w, --equal-width       fill up with zeros in front to the same width
`,
  options: { format: 'f:', separator: 's:', 'equal-width': 'w' },
  parsing: { inFront: true, isOperand: (argument) => /^-[.\d]/.test(argument) },
  async run(command) {
    let [separator, equalWidth] = ['\n', false]
    let format: Format | undefined
    for (const { name, value } of command.options) {
      if (name === 'separator') separator = value
      else if (name === 'equal-width') equalWidth = true
      else format = parseFormat(value)
    }
    const { operands, out } = command
    if (operands.length === 0) throw new UsageError('missing operand')
    if (operands.length > 3) throw new UsageError(`extra operand ${quotedArgument(operands[3]!)}`)
    if (format !== undefined && equalWidth) {
      throw new UsageError('format string may not be specified when printing equal width strings')
    }
    const first = operands.length > 1 ? parseWritten(operands[0]!) : ONE
    const step = operands.length > 2 ? parseWritten(operands[1]!) : ONE
    const last = parseWritten(operands.at(-1)!)
    if (compare(step.value, ZERO) === 0)
      throw new UsageError(`invalid Zero increment value: ${quotedArgument(operands[1]!)}`)

    const decimals = decimalsOf(first, step, last)
    const width = equalWidth && decimals !== undefined ? widthOf(first, last, decimals) : 0
    const isFast = !equalWidth && separator.length === 1
    const isExact =
      format === undefined && decimals !== undefined && isExactlyCounted(first, step, last, decimals, isFast)
    if (decimals !== undefined) format ??= parseFormat(`%.${decimals}f`)
    let any = false
    for (const number of isExact ? exact(first, step, last, decimals) : counted(first, step, last, format)) {
      out.put((any ? separator : '') + (number.length < width ? padded(number, width) : number))
      any = true
      if (out.isFull) await out.flush()
    }
    if (any) out.put('\n')
    return 0
  },
})

function padded(number: string, width: number): string {
  return number.startsWith('-') ? `-${number.slice(1).padStart(width - 1, '0')}` : number.padStart(width, '0')
}

/**
 * Whether nothing is rounded on the way: numbers are small enough, or they are whole and counted digit by digit, as is
 * done with those that are written so, and on the fast way with all from 0 up in steps that are not too large.
 */
function isExactlyCounted(first: Written, step: Written, last: Written, decimals: number, isFast: boolean): boolean {
  const scale = Math.max(decimals, last.precision ?? 0)
  const all = [first, step, last]
  if (all.every(({ text }) => /^\d+$/.test(text))) return true
  if (scale < 20 && all.every((it) => isBelow(scaled(it, scale), 2n ** 62n))) return true
  const isShortStep = compare(step.value, ZERO) > 0 && compare(step.value, LONGEST_FAST_STEP) <= 0
  return isFast && scale === 0 && isShortStep && compare(first.value, ZERO) >= 0
}

const LONGEST_FAST_STEP = { mantissa: 200n, exponent: 0 }

function isBelow(value: bigint | number, limit: bigint): boolean {
  return typeof value === 'number' || (value > -limit && value < limit)
}

/** The numbers where all are decimal: without any rounding. */
function* exact(first: Written, step: Written, last: Written, decimals: number): Generator<string> {
  const scale = Math.max(decimals, last.precision ?? 0)
  const [from, by, to] = [scaled(first, scale) as bigint, scaled(step, scale) as bigint, scaled(last, scale)]
  // A first zero keeps its sign.
  const isNegativeZero = from === 0n && first.text.startsWith('-')
  if (scale === 0 && !isNegativeZero && [from, by, to].every((it) => isBelow(it, SAFE))) {
    // By far the most common, and much faster.
    const [start, increment, end] = [Number(from), Number(by), Number(to)]
    for (let i = start; increment > 0 ? i <= end : i >= end; i += increment) yield String(i)
    return
  }
  const cut = 10n ** BigInt(scale - decimals)
  for (let i = from; by > 0 ? i <= to : i >= to; i += by)
    yield decimal(i / cut, decimals, i < 0n || (isNegativeZero && i === from))
}

const ZERO = { mantissa: 0n, exponent: 0 }
/** Whole numbers below it, and sums of two, have doubles of their own. */
const SAFE = 2n ** 52n

/** A number times a power of ten; an infinite one stays as it is. */
function scaled({ text, value }: Written, scale: number): bigint | number {
  if (typeof value === 'number') return value
  if (scale === 0 && !/^-?\d+$/.test(text)) {
    const { negative, digits, scale: own } = toDecimal(value)
    const whole = digits / 10n ** BigInt(own)
    return negative ? -whole : whole
  }
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text)!
  const power = scale + Number(exponent) - fraction.length
  const digits = BigInt(sign + whole + fraction)
  return power >= 0 ? digits * 10n ** BigInt(power) : digits / 10n ** BigInt(-power)
}

function decimal(value: bigint, decimals: number, isNegative: boolean): string {
  const digits = String(value < 0n ? -value : value).padStart(decimals + 1, '0')
  const sign = isNegative ? '-' : ''
  return decimals === 0 ? sign + digits : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

/** The numbers in a format, as the C library counts them. */
function* counted(first: Written, step: Written, last: Written, format: Format = parseFormat('%g')): Generator<string> {
  const direction = compare(step.value, ZERO)
  let before: string | undefined
  for (let i = 0; ; i++) {
    const x = i === 0 ? first.value : plus(first.value, times(i, step.value))
    const number = formatNumber(format, x)
    if (direction * compare(x, last.value) > 0) {
      // One just past the end that looks like the end is the end.
      const { prefix, suffix } = format
      const shown = parseLongDouble(number.slice(prefix.length, number.length - suffix.length))
      if (before !== undefined && number !== before && shown !== undefined && compare(shown, last.value) === 0)
        yield number
      return
    }
    yield number
    before = number
  }
}
