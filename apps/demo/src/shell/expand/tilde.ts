import type { Interpreter } from '../interpreter.js'

/** Whether a text is what is assigned, or an argument that looks like an assignment. */
export type Assigned = 'value' | 'argument' | undefined

/** Where a text as it is written stands in its word. */
export interface Position {
  readonly assigned: Assigned
  readonly isFirst: boolean
  readonly isLast: boolean
}

/**
 * The tilde prefixes of a text: up to a `/` at its beginning, and in what is assigned, up to a `/` or `:`, behind each
 * `:` and the `=` too. In one with a quoted character the tilde is an ordinary character.
 */
export function tildesIn(text: string, { assigned, isFirst, isLast }: Position): { at: number; prefix: string }[] {
  const found = [...text.matchAll(PREFIXES[assigned ?? 'word'])]
  return found.flatMap(({ 0: prefix, index: at }) => {
    const goesOn = at + prefix.length === text.length && !isLast
    return prefix.includes('\\') || goesOn || (at === 0 && !isFirst) ? [] : { at, prefix }
  })
}

const PREFIXES: Readonly<Record<'word' | 'value' | 'argument', RegExp>> = {
  word: /^~[^/]*/g,
  value: /(?<=^|:)~[^/:]*/g,
  argument: /(?<=^[A-Za-z_]\w*=|:)~[^/:]*/g,
}

/** The directory of a tilde prefix; undefined where it stays as it is written. There are no users, and so no `~user`. */
export function tildeOf({ variables }: Interpreter, prefix: string): string | undefined {
  switch (prefix) {
    case '~':
      return variables.get('HOME')
    case '~+':
      return variables.get('PWD')
    case '~-':
      return variables.get('OLDPWD')
    default:
      return undefined
  }
}
