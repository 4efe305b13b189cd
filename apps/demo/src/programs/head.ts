import { SEEK_CUR } from '@ht/core'
import { defineCommand, type Command } from './command.js'
import { Failure, UsageError } from './failure.js'
import { DIGITS } from './digits.js'
import { beginning, headers, misplaced, obsolete } from './head-and-tail.js'
import { parseCount } from './number.js'
import { quotedAlways, quotedArgument } from './quote.js'
import type { Input } from './input.js'

/** Writes the beginning of files (head(1)). */
export const head = defineCommand({
  name: 'head',
  usage: '[OPTION]... [FILE]...',
  help: `Writes the first 10 lines of each FILE, or of standard input, each with its name in front if there are several.
  -c, --bytes=[-]NUM   the first NUM bytes of each; with - all but the last NUM
  -n, --lines=[-]NUM   the first NUM lines instead of the first 10; with - all but the last NUM
  -q, --quiet, --silent  never write names
  -v, --verbose        always write names
  -z, --zero-terminated  lines end in NUL
`,
  options: { bytes: 'c:', lines: 'n:', quiet: 'q', silent: '', verbose: 'v', 'zero-terminated': 'z', ...DIGITS },
  rewrite: obsolete,
  closedInput: '-',
  async run(command) {
    let [unit, count, butLast, delimiter, names] = ['lines', 10, false, '\n', 'several']
    for (const { name, value } of command.options) {
      if (name in DIGITS) throw new UsageError(misplaced(command.task.args, name))
      if (name === 'bytes' || name === 'lines') {
        unit = name
        butLast = value.startsWith('-')
        count = countOf(unit, butLast ? value.slice(1) : value)
      }
      if (name === 'quiet' || name === 'silent') names = 'never'
      if (name === 'verbose') names = 'always'
      if (name === 'zero-terminated') delimiter = '\0'
    }
    const code = unit === 'bytes' ? undefined : delimiter.charCodeAt(0)
    const paths = command.operands.length > 0 ? command.operands : ['-']
    const header = headers(command.out, names === 'always' || (names === 'several' && paths.length > 1))
    const good = await command.each(
      paths,
      async (input, path) => {
        header(path)
        await (butLast ? allButLast : first)(command, input, count, code)
      },
      (path, why, opened) =>
        opened
          ? `${butLast && why === CLOSED ? 'cannot fstat' : 'error reading'} ${shownName(path)}: ${why}`
          : `cannot open ${quotedAlways(path)} for reading: ${why}`,
    )
    return good ? 0 : 1
  },
})

/** Standard input is closed, which is found before anything is read where its end matters. */
const CLOSED = 'Bad file descriptor'

function shownName(path: string): string {
  return quotedAlways(path === '-' ? 'standard input' : path)
}

function countOf(unit: string, text: string): number {
  const count = parseCount(text)
  if (count === undefined) throw new Failure(`invalid number of ${unit}: ${quotedArgument(text)}`)
  if (count === Infinity) {
    throw new Failure(`invalid number of ${unit}: ${quotedArgument(text)}: Value too large for defined data type`)
  }
  return count
}

/** The first lines, or bytes without a delimiter. What was read and not written is given back to a file. */
async function first(
  { task, out }: Pick<Command, 'task' | 'out'>,
  input: Input,
  count: number,
  delimiter: number | undefined,
): Promise<void> {
  let left = count
  while (left > 0) {
    const piece = await input.read()
    if (piece.length === 0) return
    const { end, counted } = beginning(piece, left, delimiter)
    left -= counted
    await out.write(piece.subarray(0, end))
    if (end < piece.length) task.lseekErrno(input.handle, end - piece.length, SEEK_CUR)
  }
}

/** All but the last lines, or bytes. */
async function allButLast(
  { out }: Pick<Command, 'out'>,
  input: Input,
  count: number,
  delimiter: number | undefined,
): Promise<void> {
  // What may be among the last is held.
  const held: { piece: Uint8Array; count: number }[] = []
  let total = 0
  for await (const piece of input.pieces()) {
    const { counted } = beginning(piece, Infinity, delimiter)
    held.push({ piece: piece.slice(), count: counted })
    total += counted
    while (held.length > 1 && total - held[0]!.count > count) {
      const oldest = held.shift()!
      total -= oldest.count
      await out.write(oldest.piece)
    }
  }
  // A last line without an end is one too.
  const last = held.at(-1)?.piece
  let write = total - count + (delimiter !== undefined && last !== undefined && last.at(-1) !== delimiter ? 1 : 0)
  for (const { piece } of held) {
    if (write <= 0) return
    const { end, counted } = beginning(piece, write, delimiter)
    await out.write(piece.subarray(0, end))
    write -= counted
  }
}
