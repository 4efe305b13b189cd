import { fromBytes } from '../libc/byte-string.js'
import { defineCommand } from './command.js'
import { quoted } from './quote.js'

/** Writes files one after the other (cat(1)). */
export const cat = defineCommand({
  name: 'cat',
  usage: '[OPTION]... [FILE]...',
  help: `Writes the FILEs, or standard input for none and for -, to standard output.
  -A, --show-all          the same as -vET
  -b, --number-nonblank   number lines that are not empty, overrides -n
  -e                      the same as -vE
  -E, --show-ends         show $ at the end of each line
  -n, --number            number all lines
  -s, --squeeze-blank     write several empty lines as one
  -t                      the same as -vT
  -T, --show-tabs         show TAB as ^I
  -u                      (ignored)
  -v, --show-nonprinting  use ^ and M- notation, but for newlines and TAB
`,
  closedInput: 'closing standard input',
  async run(command) {
    const { options, out } = command
    const has = (...names: string[]) => options.last(...names) !== undefined
    const style: Style = {
      number: has('number-nonblank') ? 'nonblank' : has('number') ? 'all' : 'none',
      squeeze: has('squeeze-blank'),
      ends: has('show-all', 'e', 'show-ends'),
      tabs: has('show-all', 't', 'show-tabs'),
      nonprinting: has('show-all', 'e', 't', 'show-nonprinting'),
    }
    const isPlain = style.number === 'none' && !style.squeeze && !style.ends && !style.tabs && !style.nonprinting
    const formatter = new Formatter(style)
    const wrong: string[] = []
    const good = await command.each(command.operands, async (input, path) => {
      if (await command.writesTo(input)) {
        await command.complain(`${quoted(path)}: input file is output file`)
        wrong.push(path)
        return
      }
      for await (const piece of input.pieces()) {
        if (isPlain) await out.write(piece)
        else out.put(formatter.format(fromBytes(piece)))
        if (out.isFull) await out.flush()
      }
    })
    return good && wrong.length === 0 ? 0 : 1
  },
})

interface Style {
  readonly number: 'none' | 'nonblank' | 'all'
  readonly squeeze: boolean
  readonly ends: boolean
  readonly tabs: boolean
  readonly nonprinting: boolean
}

/** Changes the look of lines. It goes on from one file to the next. */
class Formatter {
  readonly #style: Style
  #number = 0
  #isAtStart = true
  /** How many empty lines came last. */
  #empty = 0

  constructor(style: Style) {
    this.#style = style
  }

  /** Formats a text, which may end within a line. */
  format(text: string): string {
    const { number, squeeze, ends } = this.#style
    let formatted = ''
    for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
      const isEmpty = this.#isAtStart && line === '\n'
      this.#empty = isEmpty ? this.#empty + 1 : 0
      if (squeeze && this.#empty > 1) continue
      if (this.#isAtStart && (number === 'all' || (number === 'nonblank' && !isEmpty))) {
        formatted += `${String(++this.#number).padStart(6)}\t`
      }
      this.#isAtStart = line.endsWith('\n')
      formatted += this.#show(line.replace(/\n$/, '')) + (this.#isAtStart ? (ends ? '$\n' : '\n') : '')
    }
    return formatted
  }

  #show(part: string): string {
    const { tabs, nonprinting } = this.#style
    if (nonprinting) return part.replace(tabs ? /[^\x20-\x7e]/g : /[^\t\x20-\x7e]/g, visible)
    return tabs ? part.replaceAll('\t', '^I') : part
  }
}

/** A byte in ^ and M- notation. */
function visible(byte: string): string {
  const code = byte.charCodeAt(0)
  const low = code & 0x7f
  const shown = low < 32 ? `^${String.fromCharCode(low + 64)}` : low === 127 ? '^?' : String.fromCharCode(low)
  return code >= 128 ? `M-${shown}` : shown
}
