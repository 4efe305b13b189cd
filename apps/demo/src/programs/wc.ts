import { errnoFrom, errnoOf, S_IFMT, S_IFREG } from '@ht/core'
import { toText } from '../libc/byte-string.js'
import { defineCommand, type Command } from './command.js'
import { quoted } from './quote.js'
import type { Input } from './input.js'

/** Counts lines, words and bytes (wc(1)). */
export const wc = defineCommand({
  name: 'wc',
  usage: '[OPTION]... [FILE]...',
  help: `Writes the numbers of lines, words and bytes of each FILE, or of standard input, and of all if there are several.
  -c, --bytes            write the number of bytes
  -m, --chars            write the number of characters, which are bytes
  -l, --lines            write the number of newlines
  -L, --max-line-length  write how wide the widest line is
  -w, --words            write the number of words
`,
  options: { bytes: 'c', chars: 'm', lines: 'l', 'max-line-length': 'L', words: 'w' },
  // It is written line by line, and at the end, when that is found wanting, the reason is gone.
  writeError: (why, cause) => (errnoFrom(cause) === -errnoOf('EBADF') ? `write error: ${why}` : 'write error'),
  closedInput: '-',
  async run(command) {
    const asked = new Set<string>()
    for (const { name } of command.options) asked.add(name)
    if (asked.size === 0) for (const name of ['lines', 'words', 'bytes']) asked.add(name)
    const columns = COLUMNS.filter((name) => asked.has(name))
    const { operands, out } = command
    const width = widthOf(command.task, operands, columns.length)
    const detailed = columns.includes('words') || columns.includes('max-line-length')

    const total = noCounts()
    const write = (counts: Counts, path?: string) => {
      const numbers = columns.map((name) => String(counts[name]).padStart(width)).join(' ')
      out.put(`${numbers}${path === undefined ? '' : ` ${path.includes('\n') ? quoted(path) : path}`}\n`)
    }
    const read = async (input: Input, counts: Counts) => {
      const counter = new Counter(counts)
      for await (const piece of input.pieces()) {
        if (detailed) counter.add(piece)
        else addLines(piece, counts)
      }
      counter.end()
    }
    let good = true
    const count = async (input: Input, path: string) => {
      const counts = noCounts()
      try {
        await read(input, counts)
      } catch (error) {
        // What could not be read to its end is counted as far as it was.
        await command.complain(`${operands.length === 0 ? "'standard input'" : quoted(path)}: ${command.why(error)}`)
        good = false
      }
      write(counts, operands.length > 0 ? path : undefined)
      for (const name of COLUMNS) {
        total[name] = name === 'max-line-length' ? Math.max(total[name], counts[name]) : total[name] + counts[name]
      }
    }
    good = (await command.each(operands.length > 0 ? operands : ['-'], count)) && good
    if (operands.length > 1) write(total, 'total')
    return good ? 0 : 1
  },
})

/** The columns in their order. */
const COLUMNS = ['lines', 'words', 'chars', 'bytes', 'max-line-length'] as const

type Counts = Record<(typeof COLUMNS)[number], number>

function noCounts(): Counts {
  return { lines: 0, words: 0, chars: 0, bytes: 0, 'max-line-length': 0 }
}

/** How wide columns are: as the sizes of regular files together, and 7 at least where there is something else. */
function widthOf(task: Command['task'], paths: readonly string[], columns: number): number {
  if (paths.length <= 1 && columns === 1) return 1
  let [least, size] = [1, 0]
  for (const path of paths.length > 0 ? paths : ['-']) {
    try {
      const stat = path === '-' ? task.fstat(0) : task.stat(toText(path))
      if ((stat.mode & S_IFMT) === S_IFREG) size += stat.size
      else least = 7
    } catch {
      // It is going to be reported.
    }
  }
  return Math.max(least, String(size).length)
}

function addLines(piece: Uint8Array, counts: Counts): void {
  counts.bytes += piece.length
  counts.chars += piece.length
  for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, at + 1)) counts.lines++
}

const NEWLINE = 10

/** Counts words and the width of lines as well. */
class Counter {
  readonly #counts: Counts
  #inWord = false
  #column = 0

  constructor(counts: Counts) {
    this.#counts = counts
  }

  add(piece: Uint8Array): void {
    addLines(piece, this.#counts)
    let [inWord, column] = [this.#inWord, this.#column]
    let { words, 'max-line-length': widest } = this.#counts
    for (const byte of piece) {
      if (byte > SPACE && byte < DELETE) {
        column++
        if (!inWord) words++
        inWord = true
      } else if (byte === SPACE) {
        column++
        inWord = false
      } else if (byte >= TAB && byte <= CR) {
        inWord = false
        if (byte === TAB) column += 8 - (column % 8)
        else if (byte !== VERTICAL_TAB) {
          widest = Math.max(widest, column)
          column = 0
        }
      }
      // All else is neither printed nor a space: it neither begins a word nor ends one.
    }
    this.#inWord = inWord
    this.#column = column
    this.#counts.words = words
    this.#counts['max-line-length'] = widest
  }

  end(): void {
    this.#counts['max-line-length'] = Math.max(this.#counts['max-line-length'], this.#column)
  }
}

const [TAB, VERTICAL_TAB, CR, SPACE, DELETE] = [9, 11, 13, 32, 127]
