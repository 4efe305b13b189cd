import { Failure, UsageError } from '../failure.js'
import { parseCount } from '../number.js'
import { quotedArgument } from '../quote.js'
import { checkLetters, parseKey, type Key } from './key.js'
import type { Command } from '../command.js'

export const OPTIONS = {
  'ignore-leading-blanks': 'b',
  'dictionary-order': 'd',
  'ignore-case': 'f',
  'general-numeric-sort': 'g',
  'human-numeric-sort': 'h',
  'ignore-nonprinting': 'i',
  'month-sort': 'M',
  'numeric-sort': 'n',
  reverse: 'r',
  'version-sort': 'V',
  sort: ':',
  check: '::',
  c: 'c',
  C: 'C',
  key: 'k:',
  merge: 'm',
  output: 'o:',
  stable: 's',
  'field-separator': 't:',
  unique: 'u',
  'zero-terminated': 'z',
  'buffer-size': 'S:',
  'temporary-directory': 'T:',
  parallel: ':',
} as const

export const HELP = `Writes the lines of all FILEs, or of standard input, in order.
How lines are compared:
  -b, --ignore-leading-blanks   without blanks in front
  -d, --dictionary-order        letters, digits and blanks alone
  -f, --ignore-case             both cases of letters are one
  -g, --general-numeric-sort    numbers with an exponent
  -h, --human-numeric-sort      numbers with a unit: 2K 1G
  -i, --ignore-nonprinting      characters that can be seen alone
  -M, --month-sort              names of months
  -n, --numeric-sort            numbers
  -r, --reverse                 the other way round
  -V, --version-sort            numbers within names
      --sort=WORD               general-numeric, human-numeric, month, numeric, version
  -k, --key=KEYDEF              a part of the line: F[.C][OPTIONS][,F[.C][OPTIONS]]
  -t, --field-separator=SEP     what is between fields
  -s, --stable                  lines with equal keys stay as they are
What is done:
  -c, --check, -C, --check=quiet   only say whether they are in order
  -m, --merge                   FILEs are in order already
  -o, --output=FILE             write to FILE
  -u, --unique                  of equal lines write one
  -z, --zero-terminated         lines end in NUL
  -S, -T, --parallel            (ignored)
`

/** What sort is asked for. */
export interface Settings {
  readonly keys: readonly Key[]
  /** Letters of options that hold for the whole line, and for keys without any of their own. */
  readonly letters: Set<string>
  check: 'diagnose' | 'quiet' | undefined
  merge: boolean
  output: string | undefined
  stable: boolean
  tab: string | undefined
  unique: boolean
  delimiter: string
}

const SORTS: Readonly<Record<string, string>> = {
  'general-numeric': 'g',
  'human-numeric': 'h',
  month: 'M',
  numeric: 'n',
  version: 'V',
}
const CHECKS: Readonly<Record<string, Settings['check']>> = {
  quiet: 'quiet',
  silent: 'quiet',
  'diagnose-first': 'diagnose',
}

export function readSettings(command: Pick<Command<typeof OPTIONS>, 'options' | 'operands'>): Settings {
  const keys: Key[] = []
  const letters = new Set<string>()
  const settings: Settings = {
    keys,
    letters,
    check: undefined,
    merge: false,
    output: undefined,
    stable: false,
    tab: undefined,
    unique: false,
    delimiter: '\n',
  }
  const setCheck = (check: Settings['check']) => {
    if (settings.check !== undefined && settings.check !== check) throw new Failure("options '-cC' are incompatible")
    settings.check = check
  }
  for (const { name, value, hasValue } of command.options) {
    if (name === 'ignore-leading-blanks') letters.add('b').add('B')
    else if (name === 'key') keys.push(parseKey(value))
    else if (name === 'sort') letters.add(wordOf('sort', value, SORTS))
    else if (name === 'check') setCheck(hasValue ? wordOf('check', value, CHECKS) : 'diagnose')
    else if (name === 'c' || name === 'C') setCheck(name === 'c' ? 'diagnose' : 'quiet')
    else if (name === 'merge') settings.merge = true
    else if (name === 'output') {
      if (settings.output !== undefined && settings.output !== value)
        throw new Failure('multiple output files specified')
      settings.output = value
    } else if (name === 'stable') settings.stable = true
    else if (name === 'field-separator') settings.tab = tabOf(value, settings.tab)
    else if (name === 'unique') settings.unique = true
    else if (name === 'zero-terminated') settings.delimiter = '\0'
    else if (name === 'buffer-size') {
      if (!/^\d+([%bkKmMgGtTPEZY])?$/.test(value)) throw new Failure(`invalid -S argument ${quotedArgument(value)}`)
    } else if (name === 'parallel') {
      if (parseCount(value) === undefined) throw new Failure(`invalid --parallel argument ${quotedArgument(value)}`)
    } else if (name !== 'temporary-directory') letters.add(OPTIONS[name])
  }
  for (const [i, key] of keys.entries()) if (key.letters.size === 0) keys[i] = { ...key, letters }
  for (const key of keys.length > 0 ? keys : [{ letters }]) checkLetters(key)
  if (settings.check !== undefined && settings.output !== undefined) {
    throw new Failure(`options '-${settings.check === 'quiet' ? 'C' : 'c'}o' are incompatible`)
  }
  return settings
}

function tabOf(value: string, before: string | undefined): string {
  if (value === '') throw new Failure('empty tab')
  const tab = value === '\\0' ? '\0' : value
  if (tab.length > 1) throw new Failure(`multi-character tab ${quotedArgument(value)}`)
  if (before !== undefined && before !== tab) throw new Failure('incompatible tabs')
  return tab
}

/** What a word stands for, also one that is cut short. */
function wordOf<T>(option: string, value: string, words: Readonly<Record<string, T>>): T {
  const found = Object.hasOwn(words, value) ? [value] : Object.keys(words).filter((word) => word.startsWith(value))
  const distinct = new Set(found.map((word) => words[word]))
  if (distinct.size === 1) return words[found[0]!]!
  const listed =
    option === 'sort' ? ['general-numeric', 'human-numeric', 'month', 'numeric', 'random', 'version'] : undefined
  const valid = listed?.map((word) => `  - '${word}'\n`).join('') ?? "  - 'quiet', 'silent'\n  - 'diagnose-first'\n"
  const wrong = distinct.size === 0 ? 'invalid' : 'ambiguous'
  throw new UsageError(
    `${wrong} argument ${quotedArgument(value)} for '--${option}'\nValid arguments are:\n${valid.trimEnd()}`,
    1,
  )
}
