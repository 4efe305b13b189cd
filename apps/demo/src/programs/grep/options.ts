import { Failure } from '../failure.js'
import { DIGITS } from '../digits.js'
import type { Command } from '../command.js'

export const OPTIONS = {
  'extended-regexp': 'E',
  'fixed-strings': 'F',
  'basic-regexp': 'G',
  regexp: 'e:',
  file: 'f:',
  'ignore-case': 'i',
  'no-ignore-case': '',
  'word-regexp': 'w',
  'no-messages': 's',
  'invert-match': 'v',
  'max-count': 'm:',
  'byte-offset': 'b',
  'line-buffered': '',
  'line-number': 'n',
  'line-regexp': 'x',
  'with-filename': 'H',
  'no-filename': 'h',
  label: ':',
  'only-matching': 'o',
  quiet: 'q',
  silent: '',
  'binary-files': ':',
  text: 'a',
  I: 'I',
  recursive: 'r',
  'dereference-recursive': 'R',
  'files-without-match': 'L',
  'files-with-matches': 'l',
  count: 'c',
  null: 'Z',
  'before-context': 'B:',
  'after-context': 'A:',
  context: 'C:',
  'group-separator': ':',
  'no-group-separator': '',
  color: '::',
  colour: '::',
  binary: 'U',
  y: 'y',
  ...DIGITS,
} as const

export const HELP = `Writes the lines of each FILE, or of standard input, in which one of the PATTERNS is; they are separated by newlines.

Patterns:
  -E, --extended-regexp, -G, --basic-regexp, -F, --fixed-strings   what they are; basic unless told
  -e, --regexp=PATTERNS     patterns; may be given several times
  -f, --file=FILE           patterns from FILE
  -i, --ignore-case         both cases of letters are one
      --no-ignore-case      they are not
  -w, --word-regexp         match whole words only
  -x, --line-regexp         match whole lines only
  -v, --invert-match        select the other lines

Output:
  -c, --count               write how many lines of each FILE are selected
  -l, --files-with-matches, -L, --files-without-match   write names of FILEs instead of lines
  -o, --only-matching       write only what matches
  -q, --quiet, --silent     write nothing
  -s, --no-messages         say nothing of FILEs that cannot be read
  -m, --max-count=NUM       stop after NUM lines of a FILE
  -b, --byte-offset, -n, --line-number, -H, --with-filename, -h, --no-filename   what is in front of lines
      --label=LABEL         the name of standard input
  -Z, --null                write a NUL behind names
  -A, --after-context=NUM, -B, --before-context=NUM, -C, --context=NUM, -NUM   write lines around those selected
      --group-separator=SEP, --no-group-separator   what is between groups of them
  -a, --text, -I, --binary-files=TYPE   how binary files are taken: binary, text, without-match
  -r, --recursive, -R, --dereference-recursive   read all files below directories
      --color, --colour, --line-buffered, -U, --binary   (ignored)
`

type Syntax = 'basic' | 'extended' | 'fixed'

/** What grep is asked for. */
export interface Settings {
  syntax: Syntax | undefined
  /** Patterns of -e, one a line, and files of patterns of -f, in their order. */
  readonly sources: { readonly kind: 'regexp' | 'file'; readonly value: string }[]
  ignoreCase: boolean
  words: boolean
  lines: boolean
  invert: boolean
  output: 'lines' | 'matches' | 'count' | 'with' | 'without' | 'nothing'
  silent: boolean
  most: number
  offsets: boolean
  numbers: boolean
  names: boolean | undefined
  label: string
  nameEnd: string | undefined
  /** How many lines of context there are; −1 if none were asked for. */
  before: number
  after: number
  separator: string | undefined
  binary: 'binary' | 'text' | 'without-match'
  recursive: 'no' | 'files' | 'links'
}

export function readSettings(command: Pick<Command<typeof OPTIONS>, 'options'>): Settings {
  const settings: Settings = {
    syntax: undefined,
    sources: [],
    ignoreCase: false,
    words: false,
    lines: false,
    invert: false,
    output: 'lines',
    silent: false,
    most: Infinity,
    offsets: false,
    numbers: false,
    names: undefined,
    label: '(standard input)',
    nameEnd: undefined,
    before: -1,
    after: -1,
    separator: '--',
    binary: 'binary',
    recursive: 'no',
  }
  const asked = new Set<string>()
  let [context, contextArgument, around] = ['', -1, -1]
  for (const { name, value, index } of command.options) {
    asked.add(name)
    if (name in DIGITS) {
      // Digits that belong to one number are in one argument.
      context = index === contextArgument ? context + name : name
      contextArgument = index
      around = Number(context)
      continue
    }
    contextArgument = -1
    CHANGES[name]?.(settings, value)
    if (name === 'context') around = contextOf(value)
  }
  if (settings.before < 0) settings.before = around
  if (settings.after < 0) settings.after = around
  settings.output = outputOf(asked, settings.output)
  return settings
}

type Change = (settings: Settings, value: string) => void

const set =
  (change: Partial<Settings>): Change =>
  (settings) =>
    Object.assign(settings, change)

const syntax =
  (wanted: Syntax): Change =>
  (settings) => {
    if (settings.syntax !== undefined && settings.syntax !== wanted) throw new Failure('conflicting matchers specified')
    settings.syntax = wanted
  }

const source =
  (kind: 'regexp' | 'file'): Change =>
  ({ sources }, value) =>
    sources.push({ kind, value })

/** What each option changes, but those that are seen to apart. */
const CHANGES: Readonly<Partial<Record<keyof typeof OPTIONS, Change>>> = {
  'extended-regexp': syntax('extended'),
  'fixed-strings': syntax('fixed'),
  'basic-regexp': syntax('basic'),
  regexp: source('regexp'),
  file: source('file'),
  'ignore-case': set({ ignoreCase: true }),
  y: set({ ignoreCase: true }),
  'no-ignore-case': set({ ignoreCase: false }),
  'word-regexp': set({ words: true }),
  'line-regexp': set({ lines: true }),
  'invert-match': set({ invert: true }),
  'no-messages': set({ silent: true }),
  'byte-offset': set({ offsets: true }),
  'line-number': set({ numbers: true }),
  'with-filename': set({ names: true }),
  'no-filename': set({ names: false }),
  null: set({ nameEnd: '\0' }),
  'no-group-separator': set({ separator: undefined }),
  text: set({ binary: 'text' }),
  I: set({ binary: 'without-match' }),
  'files-with-matches': set({ output: 'with' }),
  'files-without-match': set({ output: 'without' }),
  recursive: set({ recursive: 'files' }),
  'dereference-recursive': set({ recursive: 'links' }),
  'max-count': (settings, value) => (settings.most = mostOf(value)),
  label: (settings, value) => (settings.label = value),
  'before-context': (settings, value) => (settings.before = contextOf(value)),
  'after-context': (settings, value) => (settings.after = contextOf(value)),
  'group-separator': (settings, value) => (settings.separator = value),
  'binary-files': (settings, value) => (settings.binary = binaryOf(value)),
}

/** Which output it is where several were asked for. */
function outputOf(asked: ReadonlySet<string>, lists: Settings['output']): Settings['output'] {
  if (asked.has('quiet') || asked.has('silent')) return 'nothing'
  if (lists !== 'lines') return lists
  return asked.has('count') ? 'count' : asked.has('only-matching') ? 'matches' : 'lines'
}

function contextOf(value: string): number {
  const lines = /^\d+$/.test(value) ? Number(value) : undefined
  if (lines === undefined) throw new Failure(`${value}: invalid context length argument`)
  return lines
}

function mostOf(value: string): number {
  if (!/^[+-]?\d+$/.test(value)) throw new Failure('invalid max count')
  // A negative one is none.
  return value.startsWith('-') ? Infinity : Number(value)
}

function binaryOf(value: string): Settings['binary'] {
  if (value === 'binary' || value === 'text' || value === 'without-match') return value
  throw new Failure('unknown binary-files type')
}
