import { defineCommand, type Command } from '../command.js'
import { Failure } from '../failure.js'
import { quoted, quotedArgument } from '../quote.js'
import { extractor, ORDERING_LETTERS, parseKey, wholeLine, type Key } from './key.js'

/** Writes lines in order (sort(1)). */
export const sort = defineCommand({
  name: 'sort',
  usage: '[OPTION]... [FILE]...',
  help: `Writes the lines of all FILEs, or of standard input, in order.
How lines are compared:
  -b, --ignore-leading-blanks   without blanks in front
  -f, --ignore-case             both cases of letters are one
  -h, --human-numeric-sort      numbers with a unit: 2K 1G
  -n, --numeric-sort            numbers
  -r, --reverse                 the other way round
  -k, --key=KEYDEF              a part of the line: F[.C][OPTIONS][,F[.C][OPTIONS]]
  -t, --field-separator=SEP     what is between fields
  -s, --stable                  lines with equal keys stay as they are
What is done:
  -c, --check                   only say whether they are in order
  -C                            the same without a message
  -m, --merge                   FILEs are in order already
  -o, --output=FILE             write to FILE
  -u, --unique                  of equal lines write one
  -z, --zero-terminated         lines end in NUL
`,
  trouble: 2,
  async run(command) {
    const { options, operands, out } = command
    const compare = comparison(command)
    const checks = options.last('check', 'C')
    if (checks !== undefined && operands.length > 1) {
      throw new Failure(`extra operand ${quotedArgument(operands[1]!)} not allowed with -${checks === 'C' ? 'C' : 'c'}`)
    }
    const lines: Line[] = []
    const delimiter = options.has('zero-terminated') ? '\0' : '\n'
    for (const path of operands.length > 0 ? operands : ['-']) {
      for (const text of await linesOf(command, path, delimiter)) lines.push({ text, keys: compare.read(text) })
    }
    if (checks !== undefined) {
      const most = options.has('unique') ? -1 : 0
      const wrong = lines.findIndex((line, i) => i > 0 && compare.compare(lines[i - 1]!, line) > most)
      if (wrong > 0 && checks === 'check')
        await command.complain(`${operands[0] ?? '-'}:${wrong + 1}: disorder: ${lines[wrong]!.text}`)
      return wrong > 0 ? 1 : 0
    }
    lines.sort(compare.compare)
    const output = options.value('output')
    // Not before now: it may be one of the files that were read.
    if (output !== undefined) command.redirect(output, 'open failed: ')
    let last: Line | undefined
    for (const line of lines) {
      if (last !== undefined && options.has('unique') && compare.compare(last, line) === 0) continue
      out.put(line.text + delimiter)
      if (out.isFull) await out.flush()
      last = line
    }
    return 0
  },
})

/** A line, and what is compared of it, for each key. */
interface Line {
  readonly text: string
  readonly keys: readonly Value[]
}

type Value = string | readonly [unit: number, number: number]

interface Comparison {
  read(text: string): Value[]
  readonly compare: (a: Line, b: Line) => number
}

/** How lines are compared. @throws Failure */
function comparison({ options }: Command): Comparison {
  const names = ['ignore-leading-blanks', 'ignore-case', 'human-numeric-sort', 'numeric-sort', 'reverse']
  const letters = new Set(Array.from(ORDERING_LETTERS).filter((_, i) => options.has(names[i]!)))
  if (letters.has('b')) letters.add('B')
  const tab = tabOf(options.values('field-separator'))
  const given = options.values('key').map((spec) => parseKey(spec, letters))
  const keys: readonly Key[] = given.length > 0 ? given : [...letters].some((it) => it !== 'r') ? [wholeLine(letters)] : []
  for (const key of keys) if (key.letters.has('h') && key.letters.has('n')) throw new Failure("options '-hn' are incompatible")
  const readers = keys.map((key) => ({ extract: extractor(key, tab), read: readerOf(key) }))
  const signs = keys.map((key) => (key.letters.has('r') ? -1 : 1))
  const isWhole = keys.length === 0 || !(options.has('stable') || options.has('unique'))
  return {
    read: (text) => readers.map(({ extract, read }) => read(extract(text))),
    compare(a, b) {
      for (const [i, sign] of signs.entries()) {
        const difference = compareValues(a.keys[i]!, b.keys[i]!)
        if (difference !== 0) return sign * difference
      }
      return isWhole ? (letters.has('r') ? -1 : 1) * compareValues(a.text, b.text) : 0
    },
  }
}

function readerOf({ letters }: Key): (text: string) => Value {
  if (letters.has('n')) return (text) => [0, numberOf(text)]
  // `2K` comes in front of `1M`, whatever the number.
  if (letters.has('h')) return (text) => [unitOf(text), numberOf(text)]
  return (text) => (letters.has('f') ? text.replace(/[a-z]+/g, (part) => part.toUpperCase()) : text)
}

/** The number that a text begins with; 0 if it begins with none. */
function numberOf(text: string): number {
  return Number(/^[ \t\n]*(-?\d*\.?\d*)/.exec(text)![1]) || 0
}

function unitOf(text: string): number {
  const [, sign, unit = ''] = /^[ \t\n]*(-?)[\d.]*([kKMGTPEZY]?)/.exec(text)!
  const order = numberOf(text) === 0 ? 0 : ' KMGTPEZY'.indexOf(unit.toUpperCase() || ' ')
  return sign === '-' ? -order : order
}

function compareValues(a: Value, b: Value): number {
  if (typeof a !== 'string' && typeof b !== 'string') return a[0] - b[0] || a[1] - b[1]
  return a < b ? -1 : a > b ? 1 : 0
}

function tabOf(values: readonly string[]): string | undefined {
  const [tab, other] = new Set(values.map((value) => (value === '\\0' ? '\0' : value)))
  if (tab === '') throw new Failure('empty tab')
  if (other !== undefined) throw new Failure('incompatible tabs')
  if (tab !== undefined && tab.length > 1) throw new Failure(`multi-character tab ${quotedArgument(tab)}`)
  return tab
}

async function linesOf(command: Command, path: string, delimiter: string): Promise<string[]> {
  let failed = 'cannot read'
  try {
    const input = command.open(path)
    failed = 'read failed'
    try {
      const lines = (await input.all()).split(delimiter)
      // The last one need not have an end.
      if (lines.at(-1) === '') lines.pop()
      return lines
    } finally {
      input.close()
    }
  } catch (error) {
    throw new Failure(`${failed}: ${quoted(path)}: ${command.why(error)}`)
  }
}
