import { BREAK, type Pieces } from './piece.js'

/** A field of a word that was split. */
export interface Field {
  readonly text: string
  /** The field as a pattern: what was quoted has a backslash in front of it. */
  readonly pattern: string
}

/** Splits an expanded word into fields at the characters of IFS (bash(1), Word Splitting). */
export function fieldsOf(pieces: Pieces, ifs: string): Field[] {
  const fields: Field[] = []
  let field: { text: string; pattern: string } | undefined
  /** Whether white space has ended a field, so that one other separator after it ends nothing more. */
  let afterSpace = false
  const end = () => {
    if (field !== undefined) fields.push(field)
    field = undefined
  }
  const add = (text: string, quoted: boolean) => {
    field ??= { text: '', pattern: '' }
    field.text += text
    field.pattern += quoted ? escaped(text) : text
    afterSpace = false
  }
  for (const piece of pieces) {
    if (piece === BREAK) {
      end()
      afterSpace = false
      continue
    }
    const { text, quoted, splits } = piece
    if (!splits) {
      if (quoted || text !== '') add(text, quoted)
      continue
    }
    for (const character of text) {
      if (!ifs.includes(character)) {
        add(character, false)
      } else if (' \t\n'.includes(character)) {
        if (field !== undefined) afterSpace = true
        end()
      } else {
        if (field === undefined && !afterSpace) add('', false)
        end()
        afterSpace = false
      }
    }
  }
  end()
  return fields
}

/** A text as a pattern that matches nothing else. A slash separates names however it is written. */
function escaped(text: string): string {
  return text.replace(/[^\w/]/g, '\\$&')
}
