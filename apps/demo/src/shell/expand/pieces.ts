import { decodeAnsiC } from './ansi-c.js'
import { parameterPieces, variablePieces } from './parameter.js'
import { BREAK, type Piece, type Pieces, type Place } from './piece.js'
import { substitute } from './substitute.js'
import { tildesIn, tildeOf, type Assigned, type Position } from './tilde.js'
import type { Word, WordPart } from 'unbash'
import type { Interpreter } from '../interpreter.js'

/** How a word is expanded. */
export interface Manner {
  readonly place?: Place
  /** Whether it is assigned, which says where `~` is a directory. */
  readonly assigned?: Assigned
}

/** Expands a word: tilde, parameters, command substitutions, and the removal of quotes. */
export async function piecesOf(shell: Interpreter, word: Pick<Word, 'text' | 'parts'>, manner: Manner = {}): Promise<Pieces> {
  const { place = 'plain', assigned } = manner
  const parts = word.parts ?? [{ type: 'Literal' as const, text: word.text }]
  const pieces: (Piece | typeof BREAK)[] = []
  let isFirst = true
  for (const part of parts) {
    if (part.type === 'Literal' && place !== 'quotes' && place !== 'document') {
      const isLast = part === parts.at(-1)
      pieces.push(...literalWithTildes(shell, part.text, place, { assigned, isFirst, isLast }))
    } else {
      pieces.push(...(await partPieces(shell, part, place)))
    }
    isFirst = false
  }
  return pieces
}

type Part = WordPart | { readonly type: 'Literal'; readonly text: string }

async function partPieces(shell: Interpreter, part: Part, place: Place): Promise<Pieces> {
  const quoted = place === 'quotes' || place === 'document'
  switch (part.type) {
    case 'Literal':
      return literalPieces(part.text, place)
    case 'Glob': {
      if (part.kind !== 'bracket') return [{ text: part.text, quoted, splits: place === 'operand' }]
      const inner: Pieces[] = []
      for (const child of part.parts) inner.push(await partPieces(shell, child, place))
      return [...literalPieces('[', place), ...inner.flat(), ...literalPieces(']', place)]
    }
    case 'SingleQuoted':
      return [quotedPiece(part.value)]
    case 'AnsiCQuoted':
      return [quotedPiece(decodeAnsiC(part.text.slice(2, -1)))]
    case 'DoubleQuoted':
    case 'LocaleString':
      return quotedPieces(shell, part.parts)
    case 'SimpleExpansion':
      return variablePieces(shell, part.text.slice(1), quoted)
    case 'ParameterExpansion':
      return parameterPieces(shell, part, place, (word, manner) => piecesOf(shell, word, manner))
    case 'CommandExpansion':
      return [{ text: await substitute(shell, part.script), quoted, splits: !quoted }]
    case 'BraceExpansion':
      // In what is assigned, where it is none.
      return literalPieces(part.text, place)
    default:
      throw new TypeError(`${part.type} was not refused`)
  }
}

/** What is in double quotes: one piece at least, so that `""` is a field, unless a `$@` without parameters makes it none. */
async function quotedPieces(shell: Interpreter, parts: readonly WordPart[]): Promise<Pieces> {
  const pieces: (Piece | typeof BREAK)[] = []
  for (const part of parts) pieces.push(...(await partPieces(shell, part, 'quotes')))
  const isEmpty = pieces.every((piece) => piece !== BREAK && piece.text === '')
  if (!isEmpty) return pieces
  const isNothing = shell.parameters.length === 0 && parts.some(({ text }) => /^\$(@$|\{@(\}|:?\+))/.test(text))
  return isNothing ? [] : pieces.length > 0 ? pieces : [quotedPiece('')]
}

/** Which characters a backslash takes their meaning from, in each place; elsewhere it is an ordinary character. */
const ESCAPES: Readonly<Record<Place, RegExp>> = {
  plain: /\\([^])/,
  operand: /\\([^])/,
  quotes: /\\([$`"\\\n])/,
  document: /\\([$`\\\n])/,
}

/** The pieces of a text as it is written, without expansions. */
function literalPieces(text: string, place: Place): Piece[] {
  const quoted = place === 'quotes' || place === 'document'
  // The odd ones are characters behind a backslash; behind it the end of a line is nothing at all.
  return text.split(ESCAPES[place]).flatMap((part, i) => {
    const escaped = i % 2 === 1
    if (part === '' || (escaped && part === '\n')) return []
    return { text: part, quoted: quoted || escaped, splits: place === 'operand' && !escaped }
  })
}

function literalWithTildes(shell: Interpreter, text: string, place: Place, { assigned, isFirst, isLast }: Position): Piece[] {
  const prefixes = tildesIn(text, { assigned, isFirst, isLast })
  const pieces: Piece[] = []
  let done = 0
  for (const { at, prefix } of prefixes) {
    const directory = tildeOf(shell, prefix)
    if (directory === undefined) continue
    pieces.push(...literalPieces(text.slice(done, at), place), quotedPiece(directory))
    done = at + prefix.length
  }
  return [...pieces, ...literalPieces(text.slice(done), place)]
}

function quotedPiece(text: string): Piece {
  return { text, quoted: true, splits: false }
}
