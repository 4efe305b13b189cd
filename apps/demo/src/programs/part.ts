import { parseCount } from '../libc/count.js'
import { Failure } from './failure.js'
import { quotedAlways, quotedArgument } from './quote.js'
import type { Command } from './command.js'
import type { Input } from './input.js'

/*
 * What head and tail have in common: they write a part of each file, counted in lines or bytes.
 */

export const PART_OPTIONS = `  -q, --silent, --quiet  never write names
  -v, --verbose         always write names
  -z, --zero-terminated  lines end in NUL
`

/** What is counted: bytes, or lines that end in a delimiter. */
export interface Part {
  /** The sign in front of the count, if it has the one that means something to the program. */
  readonly isSigned: boolean
  readonly count: number
  /** The byte that ends a line; undefined where bytes are counted. */
  readonly delimiter: number | undefined
}

/** The part that options ask for; 10 lines if omitted. `sign` is what may stand in front of a count. */
export function partOf({ options }: Command, sign: '+' | '-'): Part {
  const unit = options.last('bytes', 'lines') ?? 'lines'
  const text = options.value(unit) ?? '10'
  const isSigned = text.startsWith(sign)
  const count = parseCount(text.replace(/^[-+]/, ''))
  if (count === undefined)
    throw new Failure(`invalid number of ${unit}: ${quotedArgument(isSigned ? text.slice(sign === '-' ? 1 : 0) : text)}`)
  return { isSigned, count, delimiter: unit === 'bytes' ? undefined : options.has('zero-terminated') ? 0 : NEWLINE }
}

/** Writes a part of each file by `write`, with its name in front if there are several: the status. */
export async function writeParts(command: Command, write: (input: Input) => Promise<void>): Promise<number> {
  const { options, operands, out } = command
  const names = options.last('quiet', 'verbose')
  let isFirst = true
  const good = await command.each(
    operands,
    async (input, path) => {
      if (names === 'verbose' || (names === undefined && operands.length > 1)) {
        out.put(`${isFirst ? '' : '\n'}==> ${path === '-' ? 'standard input' : path} <==\n`)
      }
      isFirst = false
      await write(input)
    },
    (path, why, opened) => {
      const name = quotedAlways(path === '-' ? 'standard input' : path)
      if (why === 'Bad file descriptor' && command.name === 'tail') return `cannot fstat ${name}: ${why}`
      return opened ? `error reading ${name}: ${why}` : `cannot open ${name} for reading: ${why}`
    },
  )
  return good ? 0 : 1
}

/**
 * How far the first `count` lines of a piece go, or the first bytes where there is no delimiter; and how many of them
 * there are. A last line without its end belongs to what is in front of it, and is not counted.
 */
export function beginning(piece: Uint8Array, count: number, delimiter: number | undefined): { end: number; counted: number } {
  if (delimiter === undefined) {
    const end = Math.min(count, piece.length)
    return { end, counted: end }
  }
  for (let counted = 0, from = 0; ; counted++) {
    if (counted >= count) return { end: from, counted }
    const at = piece.indexOf(delimiter, from)
    if (at < 0) return { end: piece.length, counted }
    from = at + 1
  }
}

/** The pieces at the end of a file that have its last lines, or bytes, and how many are in front of these there. */
export async function* lastPieces(
  input: Input,
  { count, delimiter }: Part,
  passOn: (piece: Uint8Array) => Promise<void> = () => Promise.resolve(),
): AsyncGenerator<{ piece: Uint8Array; before: number }> {
  const held: { piece: Uint8Array; counted: number }[] = []
  let total = 0
  for await (const piece of input.pieces()) {
    const { counted } = beginning(piece, Infinity, delimiter)
    held.push({ piece: piece.slice(), counted })
    total += counted
    while (held.length > 1 && total - held[0]!.counted > count) {
      const oldest = held.shift()!
      total -= oldest.counted
      await passOn(oldest.piece)
    }
  }
  const end = held.at(-1)?.piece.at(-1)
  // A last line without an end is one too.
  let before = total - count + (delimiter !== undefined && end !== undefined && end !== delimiter ? 1 : 0)
  for (const { piece, counted } of held) {
    yield { piece, before: Math.max(0, before) }
    before -= counted
  }
}

const NEWLINE = 10
