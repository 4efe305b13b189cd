import { defineCommand, type Command } from './command.js'
import { beginning, lastPieces, PART_OPTIONS, partOf, writeParts, type Part } from './part.js'
import type { Input } from './input.js'

/** Writes the end of files (tail(1)). */
export const tail = defineCommand({
  name: 'tail',
  usage: '[OPTION]... [FILE]...',
  help: `Writes the last 10 lines of each FILE, or of standard input, each with its name in front if there are several.
  -c, --bytes=[+]NUM    the last NUM bytes of each; with + all from byte NUM on
  -n, --lines=[+]NUM    the last NUM lines instead of the last 10; with + all from line NUM on; -NUM, +NUM are the same
${PART_OPTIONS}`,
  closedInput: '-',
  rewrite: (args) => args.map((it, i) => (i === 0 ? it.replace(/^(?=[-+]\d+$)/, '-n') : it)),
  async run(command) {
    const part = partOf(command, '+')
    // Nothing is read where nothing would be written.
    if (part.count === 0 && !part.isSigned) return 0
    return writeParts(command, (input) => (part.isSigned ? rest : last)(command, input, part))
  },
})

/** Everything from a line or byte on, counted from 1. */
async function rest({ out }: Command, input: Input, { count, delimiter }: Part): Promise<void> {
  let skip = count - 1
  for await (const piece of input.pieces()) {
    const { end, counted } = skip > 0 ? beginning(piece, skip, delimiter) : { end: 0, counted: 0 }
    skip -= counted
    if (end < piece.length) await out.write(piece.subarray(end))
  }
}

/** The last lines, or bytes: no more is held than pieces that may have one of them. */
async function last({ out }: Command, input: Input, part: Part): Promise<void> {
  for await (const { piece, before } of lastPieces(input, part)) {
    const { end } = before > 0 ? beginning(piece, before, part.delimiter) : { end: 0 }
    if (end < piece.length) await out.write(piece.subarray(end))
  }
}
