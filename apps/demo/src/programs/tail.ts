import { defineCommand, type Command } from './command.js'
import { DIGITS } from './digits.js'
import { Failure } from './failure.js'
import { beginning, headers } from './head-and-tail.js'
import { parseCount } from './number.js'
import { quotedAlways, quotedArgument } from './quote.js'
import type { Input } from './input.js'

/** Writes the end of files (tail(1)). */
export const tail = defineCommand({
  name: 'tail',
  usage: '[OPTION]... [FILE]...',
  help: `Writes the last 10 lines of each FILE, or of standard input, each with its name in front if there are several.
  -c, --bytes=[+]NUM   the last NUM bytes of each; with + all from byte NUM on
  -n, --lines=[+]NUM   the last NUM lines instead of the last 10; with + all from line NUM on
  -q, --quiet, --silent  never write names
  -v, --verbose        always write names
  -z, --zero-terminated  lines end in NUL
`,
  options: { bytes: 'c:', lines: 'n:', quiet: 'q', silent: '', verbose: 'v', 'zero-terminated': 'z', ...DIGITS },
  rewrite: obsolete,
  closedInput: '-',
  async run(command) {
    let [unit, count, fromStart, delimiter, names] = ['lines', 10, false, '\n', 'several']
    for (const { name, value } of command.options) {
      if (name in DIGITS) throw new Failure(`option used in invalid context -- ${name}`)
      if (name === 'bytes' || name === 'lines') {
        unit = name
        fromStart = value.startsWith('+')
        count = countOf(unit, value.startsWith('-') ? value.slice(1) : value)
      }
      if (name === 'quiet' || name === 'silent') names = 'never'
      if (name === 'verbose') names = 'always'
      if (name === 'zero-terminated') delimiter = '\0'
    }
    // Nothing is read where nothing would be written.
    if (count === 0 && !fromStart) return 0
    const code = unit === 'bytes' ? undefined : delimiter.charCodeAt(0)
    const paths = command.operands.length > 0 ? command.operands : ['-']
    const header = headers(command.out, names === 'always' || (names === 'several' && paths.length > 1))
    const good = await command.each(
      paths,
      async (input, path) => {
        header(path)
        await (fromStart ? rest(command, input, count, code) : last(command, input, count, code))
      },
      (path, why, opened) => {
        const name = quotedAlways(path === '-' ? 'standard input' : path)
        if (why === 'Bad file descriptor') return `cannot fstat ${name}: ${why}`
        return opened ? `error reading ${name}: ${why}` : `cannot open ${name} for reading: ${why}`
      },
    )
    return good ? 0 : 1
  },
})

function countOf(unit: string, text: string): number {
  const count = parseCount(text)
  if (count === undefined) throw new Failure(`invalid number of ${unit}: ${quotedArgument(text)}`)
  if (count === Infinity) {
    throw new Failure(`invalid number of ${unit}: ${quotedArgument(text)}: Value too large for defined data type`)
  }
  return count
}

/** Everything from a line or byte on, counted from 1. */
async function rest(
  { out }: Pick<Command, 'out'>,
  input: Input,
  from: number,
  delimiter: number | undefined,
): Promise<void> {
  let skip = from - 1
  for await (const piece of input.pieces()) {
    if (skip <= 0) {
      await out.write(piece)
      continue
    }
    const { end, counted } = beginning(piece, skip, delimiter)
    skip -= counted
    if (end < piece.length) await out.write(piece.subarray(end))
  }
}

/** The last lines, or bytes: no more is held than pieces that may have one of them. */
async function last(
  { out }: Pick<Command, 'out'>,
  input: Input,
  count: number,
  delimiter: number | undefined,
): Promise<void> {
  const held: { piece: Uint8Array; count: number }[] = []
  let total = 0
  for await (const piece of input.pieces()) {
    const { counted } = beginning(piece, Infinity, delimiter)
    held.push({ piece: piece.slice(), count: counted })
    total += counted
    // A line more: the last one may go on, and is then not counted yet.
    while (held.length > 1 && total - held[0]!.count > count) total -= held.shift()!.count
  }
  const end = held.at(-1)?.piece.at(-1)
  // A last line without an end is one too.
  let skip = total - count + (delimiter !== undefined && end !== undefined && end !== delimiter ? 1 : 0)
  for (const { piece } of held) {
    const from = skip > 0 ? beginning(piece, skip, delimiter) : { end: 0, counted: 0 }
    skip -= from.counted
    if (from.end < piece.length) await out.write(piece.subarray(from.end))
  }
}

/** The old forms `-5`, `+5`, `-20c`, as they are written now; only where there is at most one operand. */
function obsolete(args: readonly string[]): readonly string[] {
  const found = /^([-+])(\d*)([bcl]?)$/.exec(args[0] ?? '')
  const isObsolete =
    args.length === 1 || (args.length === 2 && !/^-./.test(args[1]!)) || (args.length <= 3 && args[1] === '--')
  if (found === null || !isObsolete || args[0] === '-') return args
  const [, sign = '', number = '', letter = ''] = found
  if (sign === '-' && number === '' && (letter === '' || letter === 'c')) return args
  const unit = letter === '' || letter === 'l' ? '-n' : '-c'
  return [`${unit}${sign}${number === '' ? '10' : number}${letter === 'b' ? 'b' : ''}`, ...args.slice(1)]
}
