import { S_IFDIR, S_IFMT, S_IFREG } from '@ht/core'
import { fromText, toText } from '../../libc/byte-string.js'
import { defineCommand, type Command } from '../command.js'
import { Failure, UsageError } from '../failure.js'
import { LineMatcher } from './matcher.js'
import { Search, type Settings } from './search.js'
import { RegexError, translate, translateFixed } from './translate.js'

/** Writes the lines in which a pattern is (grep(1)). */
export const grep = defineCommand({
  name: 'grep',
  usage: '[OPTION]... PATTERNS [FILE]...',
  help: `Writes the lines of each FILE, or of standard input, in which one of the PATTERNS is; they are separated by newlines.

Patterns:
  -E, --extended-regexp     PATTERNS are extended regular expressions
  -F, --fixed-strings       PATTERNS are strings
  -G, --basic-regexp        PATTERNS are basic regular expressions; this is the default
  -e, --regexp=PATTERNS     patterns; may be given several times
  -f, --file=FILE           patterns from FILE
  -i, --ignore-case         both cases of letters are one
  -w, --word-regexp         match whole words only
  -x, --line-regexp         match whole lines only
  -v, --invert-match        select the other lines

Output:
  -c, --count               write how many lines of each FILE are selected
  -l, --files-with-matches  write names of FILEs instead of lines
  -L, --files-without-match  write names of the other FILEs
  -o, --only-matching       write only what matches
  -q, --silent, --quiet     write nothing
  -s, --no-messages         say nothing of FILEs that cannot be read
  -m, --max-count=NUM       stop after NUM lines of a FILE
  -n, --line-number         write the number of each line
  -H, --with-filename       write the name of each line's FILE
  -h, --no-filename         write no names
  -A, --after-context=NUM   write NUM lines behind those selected
  -B, --before-context=NUM  write NUM lines in front of those selected
  -C, --context=NUM         write NUM lines around those selected; -NUM is the same
  -a, --text                take binary files for text
  -r, -R, --recursive       read all files below directories
      --color[=WHEN]        (ignored)
`,
  trouble: 2,
  rewrite: (args) => args.map((it) => it.replace(/^-(?=\d+$)/, '-C')),
  async run(command) {
    const { options } = command
    const patterns = await patternsOf(command)
    const files = options.last('regexp', 'file') === undefined ? command.operands.slice(1) : command.operands
    const settings = settingsOf(command, files)
    if (settings.most === 0 || (patterns.length === 0 && !options.has('invert-match'))) return 1
    return new Files(command, settings, matcherOf(command, patterns)).search(files)
  },
})

function settingsOf({ options }: Command, files: readonly string[]): Settings {
  const countOf = (name: string) => {
    const value = options.value(name)
    if (value !== undefined && !/^\d+$/.test(value)) {
      throw new Failure(name === 'max-count' ? 'invalid max count' : `${value}: invalid context length argument`)
    }
    return value === undefined ? undefined : Number(value)
  }
  const around = countOf('context')
  const recursive = options.has('recursive')
  const names = options.last('with-filename', 'no-filename')
  const lists = options.last('files-with-matches', 'files-without-match')
  return {
    output: options.has('quiet')
      ? 'nothing'
      : lists === 'files-with-matches'
        ? 'with'
        : lists !== undefined
          ? 'without'
          : options.has('count')
            ? 'count'
            : options.has('only-matching')
              ? 'matches'
              : 'lines',
    invert: options.has('invert-match'),
    silent: options.has('no-messages'),
    most: countOf('max-count') ?? Infinity,
    numbers: options.has('line-number'),
    names: names === undefined ? files.length > 1 || recursive : names === 'with-filename',
    before: countOf('before-context') ?? around ?? 0,
    after: countOf('after-context') ?? around ?? 0,
    isGrouped: options.last('before-context', 'after-context', 'context') !== undefined,
    text: options.has('text'),
    recursive,
  }
}

/** All patterns, one a line. */
async function patternsOf(command: Command): Promise<string[]> {
  const { options, operands } = command
  const lists = options.values('regexp')
  for (const path of options.values('file')) {
    const read = async () => {
      const input = command.open(path)
      try {
        // A file without a line has no pattern.
        const text = await input.all()
        if (text !== '') lists.push(text.replace(/\n$/, ''))
      } finally {
        input.close()
      }
    }
    if (!(await command.attempt(path, read))) throw new Failure('')
  }
  if (options.last('regexp', 'file') === undefined) {
    if (operands[0] === undefined) throw new UsageError('no pattern')
    lists.push(operands[0])
  }
  return [...new Set(lists.flatMap((list) => list.split('\n')))]
}

/** @throws Failure for an invalid pattern */
function matcherOf({ options }: Command, patterns: readonly string[]): LineMatcher {
  const syntax = options.last('extended-regexp', 'basic-regexp', 'fixed-strings')
  const ignoreCase = options.has('ignore-case')
  try {
    const translated = patterns.map((pattern) => {
      if (syntax === 'fixed-strings') return translateFixed(pattern, ignoreCase)
      return translate(pattern, syntax === 'extended-regexp' ? 'extended' : 'basic', ignoreCase)
    })
    const whole = options.has('line-regexp') ? 'line' : options.has('word-regexp') ? 'word' : undefined
    return new LineMatcher(translated, whole)
  } catch (error) {
    // One that is nested too deep for the stack.
    if (error instanceof RangeError) throw new Failure('Regular expression too big')
    throw error instanceof RegexError ? new Failure(error.message) : error
  }
}

/** Goes through files, and says how it went. */
class Files {
  readonly #command: Command
  readonly #settings: Settings
  readonly #search: Search
  #selected = false
  #good = true

  constructor(command: Command, settings: Settings, matcher: LineMatcher) {
    this.#command = command
    this.#settings = settings
    this.#search = new Search(command, settings, matcher)
  }

  async search(files: readonly string[]): Promise<number> {
    const { recursive, output } = this.#settings
    for (const path of files.length > 0 ? files : [recursive ? '.' : '-']) {
      await this.#path(path, files.length === 0)
      if (output === 'nothing' && this.#selected) return 0
    }
    return !this.#good ? 2 : this.#selected ? 0 : 1
  }

  async #path(path: string, isImplied: boolean): Promise<void> {
    const { recursive, silent } = this.#settings
    if (recursive && path !== '-' && this.#typeOf(path, true) === S_IFDIR) {
      for (const { name } of this.#command.task.readdir(toText(path))) {
        if (name === '.' || name === '..') continue
        const below = isImplied ? fromText(name) : `${path.replace(/\/+$/, '')}/${fromText(name)}`
        // Links in directories are not followed, and devices, sockets and the like are ignored.
        const type = this.#typeOf(below, false)
        if (type === S_IFDIR || type === S_IFREG) await this.#path(below, false)
      }
      return
    }
    const read = async () => {
      const input = this.#command.open(path)
      try {
        const writes = ['lines', 'matches'].includes(this.#settings.output)
        if (writes && (await this.#command.writesTo(input)))
          this.#good = await this.#command.fail(`${path}: input file is also the output`)
        else if ((await this.#search.run(input, path)) > 0) this.#selected = true
      } finally {
        input.close()
      }
    }
    try {
      await read()
    } catch (error) {
      const why = this.#command.why(error)
      this.#good = false
      if (!silent) await this.#command.complain(`${path === '-' ? '(standard input)' : path}: ${why}`)
    }
  }

  #typeOf(path: string, follow: boolean): number | undefined {
    const { task } = this.#command
    try {
      return (follow ? task.stat(toText(path)) : task.lstat(toText(path))).mode & S_IFMT
    } catch {
      // Opening it says why.
      return undefined
    }
  }
}
