import { S_IFMT, S_IFREG } from '@ht/core'
import { toText } from '../libc/byte-string.js'
import { defineCommand, type Command } from './command.js'
import { quoted } from './quote.js'

/** Counts lines, words and bytes (wc(1)). */
export const wc = defineCommand({
  name: 'wc',
  usage: '[OPTION]... [FILE]...',
  help: `Writes the numbers of lines, words and bytes of each FILE, or of standard input, and of all if there are several.
  -c, --bytes  write the number of bytes
  -m, --chars  write the number of characters, which are bytes
  -l, --lines  write the number of newlines
  -w, --words  write the number of words
`,
  closedInput: '-',
  async run(command) {
    const { options, operands, out } = command
    const asked = COLUMNS.filter((name) => options.has(name))
    const columns = asked.length > 0 ? asked : (['lines', 'words', 'bytes'] as const)
    const width = widthOf(command, columns.length)
    const write = (counts: Counts, path: string) => {
      const numbers = columns.map((name) => String(counts[name]).padStart(width)).join(' ')
      out.put(`${numbers}${path === '' ? '' : ` ${path}`}\n`)
    }
    const total = noCounts()
    const whole: boolean[] = []
    const opened = await command.each(operands, async (input, path) => {
      const counter = new Counter(columns.includes('words'))
      const what = operands.length === 0 ? "'standard input'" : quoted(path)
      // What could not be read to its end is counted as far as it was.
      const read = await command.attempt(what, async () => {
        for await (const piece of input.pieces()) counter.add(piece)
      })
      whole.push(read)
      write(counter.counts, operands.length === 0 ? '' : path)
      for (const name of COLUMNS) total[name] += counter.counts[name]
    })
    if (operands.length > 1) write(total, 'total')
    return opened && whole.every(Boolean) ? 0 : 1
  },
})

/** The columns in their order. */
const COLUMNS = ['lines', 'words', 'chars', 'bytes'] as const

type Counts = Record<(typeof COLUMNS)[number], number>

function noCounts(): Counts {
  return { lines: 0, words: 0, chars: 0, bytes: 0 }
}

/** How wide columns are: as the sizes of regular files together, and 7 at least where there is something else. */
function widthOf({ task, operands }: Command, columns: number): number {
  if (operands.length <= 1 && columns === 1) return 1
  let [least, size] = [1, 0]
  for (const path of operands.length > 0 ? operands : ['-']) {
    try {
      const stat = path === '-' ? task.fstat(0) : task.stat(toText(path))
      if ((stat.mode & S_IFMT) === S_IFREG) size += stat.size
      else least = 7
    } catch {
      // It is reported when it is opened.
    }
  }
  return Math.max(least, String(size).length)
}

class Counter {
  readonly counts = noCounts()
  readonly #countsWords: boolean
  #inWord = false

  constructor(countsWords: boolean) {
    this.#countsWords = countsWords
  }

  add(piece: Uint8Array): void {
    const { counts } = this
    counts.bytes += piece.length
    counts.chars += piece.length
    for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, at + 1)) counts.lines++
    if (!this.#countsWords) return
    for (const byte of piece) {
      // What is neither printed nor a space neither begins a word nor ends one.
      if (byte > SPACE && byte < DELETE) {
        if (!this.#inWord) counts.words++
        this.#inWord = true
      } else if (byte === SPACE || (byte >= TAB && byte <= CR)) this.#inWord = false
    }
  }
}

const [TAB, NEWLINE, CR, SPACE, DELETE] = [9, 10, 13, 32, 127]
