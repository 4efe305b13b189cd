import { piecesOf, type Manner } from './pieces.js'
import { textOfPieces } from './piece.js'
import { fieldsOf, type Field } from './fields.js'
import { pathsOf } from './glob.js'
import type { Word } from 'unbash'
import type { Interpreter } from '../interpreter.js'

/** Expands words to the arguments of a command: all expansions, word splitting, and names of files. */
export async function argumentsOf(shell: Interpreter, words: readonly Word[]): Promise<string[]> {
  const fields: Field[] = []
  for (const word of words) {
    // What looks like an assignment has its tildes expanded as one.
    const assigned = /^[A-Za-z_]\w*=/.test(word.text) ? 'argument' : undefined
    const pieces = await piecesOf(shell, word, { assigned })
    fields.push(...fieldsOf(pieces, shell.variables.get('IFS') ?? ' \t\n'))
  }
  // Names of files come last, so that those are found which a command substitution has made.
  return fields.flatMap((field) => pathsOf(shell.task, field))
}

/** Expands a word to one text: what is assigned, or the text of a here-string. */
export async function textOf(shell: Interpreter, word: Pick<Word, 'text' | 'parts'>, manner: Manner = {}): Promise<string> {
  return textOfPieces(await piecesOf(shell, word, manner))
}
