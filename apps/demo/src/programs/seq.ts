import { parseReal } from '../libc/real.js'
import { defineCommand } from './command.js'
import { UsageError } from './failure.js'
import { quotedArgument } from './quote.js'

/** Writes numbers from one to another (seq(1)). */
export const seq = defineCommand({
  name: 'seq',
  usage: '[OPTION]... [FIRST [INCREMENT]] LAST',
  help: `Writes the numbers from FIRST to LAST, in steps of INCREMENT; both are 1 if omitted.
  -s, --separator=STRING  use STRING between numbers instead of a newline
  -w, --equal-width       fill up with zeros in front to the same width
`,
  parsing: { inFront: true, isOperand: (argument) => /^-[.\d]/.test(argument) },
  async run({ options, operands, out }) {
    if (operands.length === 0) throw new UsageError('missing operand')
    if (operands.length > 3) throw new UsageError(`extra operand ${quotedArgument(operands[3]!)}`)
    const numbers = operands.map(parse)
    const last = numbers.at(-1)!
    const first = numbers.length > 1 ? numbers[0]! : ONE
    const step = numbers.length > 2 ? numbers[1]! : ONE
    if (step.value === 0) throw new UsageError(`invalid Zero increment value: ${quotedArgument(operands[1]!)}`)

    const decimals = Math.max(first.decimals, step.decimals)
    // Whole numbers of the smallest digit are counted, so that no error adds up.
    const scale = 10 ** Math.max(decimals, last.decimals)
    const [from, by, to] = [first, step, last].map(({ value }) =>
      Number.isFinite(value) ? Math.round(value * scale) : value,
    ) as [number, number, number]
    const format = (value: number) => value.toFixed(decimals)
    const width =
      options.has('equal-width') && Number.isFinite(to)
        ? Math.max(...[first.value, last.value].map((it) => format(it).length))
        : 0
    const separator = options.value('separator') ?? '\n'
    let any = false
    for (let i = 0; ; i++) {
      const value = i === 0 ? from : from + i * by
      if (by > 0 ? value > to : value < to) break
      out.put((any ? separator : '') + padded(format(value / scale), width))
      any = true
      if (out.isFull) await out.flush()
    }
    if (any) out.put('\n')
    return 0
  },
})

/** A number, and how many digits it has behind the point. */
interface Written {
  readonly value: number
  readonly decimals: number
}

const ONE: Written = { value: 1, decimals: 0 }

/** @throws UsageError */
function parse(argument: string): Written {
  const value = parseReal(argument)
  if (value === undefined) throw new UsageError(`invalid floating point argument: ${quotedArgument(argument)}`)
  if (Number.isNaN(value)) throw new UsageError(`invalid 'not-a-number' argument: ${quotedArgument(argument)}`)
  const [, fraction = '', exponent = '0'] = /^[^.e]*(?:\.(\d*))?(?:e(.*))?$/i.exec(argument) ?? []
  return { value, decimals: Math.max(0, fraction.length - Number(exponent)) }
}

function padded(number: string, width: number): string {
  return number.startsWith('-') ? `-${number.slice(1).padStart(width - 1, '0')}` : number.padStart(width, '0')
}
