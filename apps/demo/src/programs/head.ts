import { SEEK_CUR } from '@ht/core'
import { defineCommand, type Command } from './command.js'
import { beginning, lastPieces, PART_OPTIONS, partOf, writeParts, type Part } from './part.js'
import type { Input } from './input.js'

/** Writes the beginning of files (head(1)). */
export const head = defineCommand({
  name: 'head',
  usage: '[OPTION]... [FILE]...',
  help: `Writes the first 10 lines of each FILE, or of standard input, each with its name in front if there are several.
  -c, --bytes=[-]NUM    the first NUM bytes of each; with - all but the last NUM
  -n, --lines=[-]NUM    the first NUM lines instead of the first 10; with - all but the last NUM; -NUM is the same
${PART_OPTIONS}`,
  closedInput: '-',
  rewrite: (args) => args.map((it, i) => (i === 0 ? it.replace(/^-(?=\d)/, '-n') : it)),
  run(command) {
    const part = partOf(command, '-')
    return writeParts(command, (input) => (part.isSigned ? allButLast : first)(command, input, part))
  },
})

/** The first lines, or bytes. What was read and not written is given back to a file. */
async function first({ task, out }: Command, input: Input, { count, delimiter }: Part): Promise<void> {
  for (let left = count; left > 0;) {
    const piece = await input.read()
    if (piece.length === 0) return
    const { end, counted } = beginning(piece, left, delimiter)
    left -= counted
    await out.write(piece.subarray(0, end))
    if (end < piece.length) task.lseekErrno(input.handle, end - piece.length, SEEK_CUR)
  }
}

/** All but the last lines, or bytes. */
async function allButLast({ out }: Command, input: Input, part: Part): Promise<void> {
  for await (const { piece, before } of lastPieces(input, part, (piece) => out.write(piece))) {
    if (before > 0) await out.write(piece.subarray(0, beginning(piece, before, part.delimiter).end))
  }
}
