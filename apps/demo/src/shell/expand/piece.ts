/** A part of a word, expanded. */
export interface Piece {
  readonly text: string
  /** Whether it was in quotes: it makes a field even if it is empty, and nothing in it is a pattern. */
  readonly quoted: boolean
  /** Whether it is split at the characters of IFS, as results of unquoted expansions are. */
  readonly splits: boolean
}

/** The end of a field, whatever IFS: between the parameters of `"$@"`. */
export const BREAK = Symbol('the end of a field')

export type Pieces = readonly (Piece | typeof BREAK)[]

/** Where a part of a word is, which says what a backslash does in it, and whether it is split. */
export type Place =
  /** Not in quotes. */
  | 'plain'
  /** In the word of an unquoted `${name-word}`: not in quotes, and split. */
  | 'operand'
  /** In double quotes. */
  | 'quotes'
  /** In a here-document. */
  | 'document'

/** One text of what a word was expanded to: what is assigned, or the text of a here-string. */
export function textOfPieces(pieces: Pieces): string {
  return pieces.map((piece) => (piece === BREAK ? ' ' : piece.text)).join('')
}
