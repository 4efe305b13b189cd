import { S_IFMT, S_IFREG, SEEK_CUR } from '@ht/core'
import { fromBytes } from '../libc/byte-string.js'
import { defineCommand, type Command } from './command.js'
import { Failure } from './failure.js'
import { quoted } from './quote.js'
import { strerror } from '../libc/strerror.js'
import type { Input } from './input.js'

/** Writes files one after the other (cat(1)). */
export const cat = defineCommand({
  name: 'cat',
  usage: '[OPTION]... [FILE]...',
  help: `Writes the FILEs, or standard input for none and for -, to standard output.
  -A, --show-all          equivalent to -vET
  -b, --number-nonblank   number lines that are not empty, overrides -n
  -e                      equivalent to -vE
  -E, --show-ends         display $ at the end of each line
  -n, --number            number all lines
  -s, --squeeze-blank     of several empty lines write one
  -t                      equivalent to -vT
  -T, --show-tabs         display TAB characters as ^I
  -u                      (ignored)
  -v, --show-nonprinting  use ^ and M- notation, except for LFD and TAB
`,
  options: {
    'show-all': 'A',
    'number-nonblank': 'b',
    e: 'e',
    'show-ends': 'E',
    number: 'n',
    'squeeze-blank': 's',
    t: 't',
    'show-tabs': 'T',
    u: 'u',
    'show-nonprinting': 'v',
  },
  closedInput: 'closing standard input',
  async run(command) {
    const style: Style = { number: 'none', squeeze: false, ends: false, tabs: false, nonprinting: false }
    for (const { name } of command.options) {
      if (name === 'number-nonblank') style.number = 'nonblank'
      if (name === 'number' && style.number === 'none') style.number = 'all'
      if (name === 'squeeze-blank') style.squeeze = true
      if (['show-all', 'e', 'show-ends'].includes(name)) style.ends = true
      if (['show-all', 't', 'show-tabs'].includes(name)) style.tabs = true
      if (['show-all', 'e', 't', 'show-nonprinting'].includes(name)) style.nonprinting = true
    }
    const isPlain = style.number === 'none' && !style.squeeze && !style.ends && !style.tabs && !style.nonprinting
    const isOutput = outputFile(command)
    const formatter = new Formatter(style)
    let good = true
    const paths = command.operands.length > 0 ? command.operands : ['-']
    const read = async (input: Input, path: string) => {
      if (isOutput(input)) {
        await command.complain(`${quoted(path)}: input file is output file`)
        good = false
        return
      }
      for await (const piece of input.pieces()) {
        if (isPlain) await command.out.write(piece)
        else command.out.put(formatter.format(fromBytes(piece)))
        if (command.out.isFull) await command.out.flush()
      }
    }
    good = (await command.each(paths, read)) && good
    command.out.put(formatter.end())
    return good ? 0 : 1
  },
})

/** Says of what is read whether reading it would never end, since it is written there. */
function outputFile({ task }: Pick<Command, 'task'>): (input: Input) => boolean {
  let output
  try {
    output = task.fstat(1)
  } catch (error) {
    throw new Failure(`standard output: ${strerror(error)}`)
  }
  if ((output.mode & S_IFMT) !== S_IFREG) return () => false
  const { dev, ino } = output
  return ({ handle }) => {
    const file = task.fstat(handle)
    return file.dev === dev && file.ino === ino && task.lseekErrno(handle, 0, SEEK_CUR) < file.size
  }
}

interface Style {
  number: 'none' | 'nonblank' | 'all'
  squeeze: boolean
  ends: boolean
  tabs: boolean
  nonprinting: boolean
}

/** Changes the look of lines. It goes on from one file to the next. */
class Formatter {
  readonly #style: Style
  #line = 0
  /** How many newlines came one after the other, less one; −1 within a line. */
  #newlines = 0
  /** A CR that belongs to the newline, if one follows. */
  #held = ''

  constructor(style: Style) {
    this.#style = style
  }

  format(text: string): string {
    const lines = (this.#held + text).split('\n')
    let rest = lines.pop()!
    this.#held = this.#style.ends && !this.#style.nonprinting && rest.endsWith('\r') ? '\r' : ''
    rest = rest.slice(0, rest.length - this.#held.length)
    const done = lines.map((line) => this.#begin(this.#withoutCr(line)) + this.#end()).join('')
    return done + this.#begin(rest)
  }

  /** What is left at the end of all files. */
  end(): string {
    const held = this.#held
    this.#held = ''
    return this.#begin(held)
  }

  /** A line, or its next part, without its end. */
  #begin(part: string): string {
    if (part === '') return ''
    const number = this.#newlines >= 0 && this.#style.number !== 'none' ? this.#number() : ''
    this.#newlines = -1
    return number + this.#show(part)
  }

  /** A whole line, with its CR made visible where the end is. */
  #withoutCr(line: string): string {
    const { ends, nonprinting } = this.#style
    return ends && !nonprinting && line.endsWith('\r') ? `${line.slice(0, -1)}^M` : line
  }

  #end(): string {
    const { number, squeeze, ends } = this.#style
    this.#newlines = Math.min(this.#newlines + 1, 2)
    if (this.#newlines === 2 && squeeze) return ''
    const isBlank = this.#newlines > 0
    return (isBlank && number === 'all' ? this.#number() : '') + (ends ? '$\n' : '\n')
  }

  #number(): string {
    return `${String(++this.#line).padStart(6)}\t`
  }

  #show(part: string): string {
    const { tabs, nonprinting } = this.#style
    if (nonprinting) {
      part = part.replace(tabs ? /[^\x20-\x7e]/g : /[^\t\x20-\x7e]/g, visible)
    } else if (tabs) {
      part = part.replaceAll('\t', '^I')
    }
    return part
  }
}

/** A byte in ^ and M- notation. */
function visible(byte: string): string {
  const code = byte.charCodeAt(0)
  const low = code & 0x7f
  const shown = low < 32 ? `^${String.fromCharCode(low + 64)}` : low === 127 ? '^?' : String.fromCharCode(low)
  return code >= 128 ? `M-${shown}` : shown
}
