import { Abandon } from '../flow.js'
import { isName } from '../variables.js'
import { fieldsOf } from './fields.js'
import { BREAK, textOfPieces, type Pieces, type Place } from './piece.js'
import type { ParameterExpansionPart, Word } from 'unbash'
import type { Interpreter } from '../interpreter.js'

/** The pieces of `$name`. */
export function variablePieces(shell: Interpreter, name: string, quoted: boolean): Pieces {
  const { parameters, variables } = shell
  const piece = (text: string) => ({ text, quoted, splits: !quoted })
  if (name === '*' && quoted) return [piece(parameters.join((variables.get('IFS') ?? ' ').slice(0, 1)))]
  if (name === '@' || name === '*') {
    return parameters.flatMap((text, i) => (i === 0 ? [piece(text)] : [BREAK, piece(text)]))
  }
  const value = valueOf(shell, name)
  // Without quotes, what is not set leaves nothing; in quotes, the quotes are what is left.
  return value === undefined ? [] : [piece(value)]
}

/** Expands the word of `${name-word}`. */
type Expand = (word: Word, manner?: { readonly place: Place }) => Promise<Pieces>

/**
 * The pieces of `${…}`; its word is expanded by `expand`.
 *
 * @throws Abandon if a parameter is not set that has to be, or for an invalid expansion
 */
export async function parameterPieces(
  shell: Interpreter,
  part: ParameterExpansionPart,
  place: Place,
  expand: Expand,
): Promise<Pieces> {
  const { prefix, operation } = part
  // The parser takes the `!` of `${!:-…}` for a prefix of no name.
  const name = part.parameter || (prefix ?? '')
  const quoted = place === 'quotes' || place === 'document'
  if (
    !isParameter(name) ||
    (prefix === '!' && part.parameter !== '') ||
    (operation !== undefined && operation.type !== 'Default')
  ) {
    await shell.complain(`${part.text}: bad substitution`)
    throw new Abandon(1)
  }
  if (prefix === '#' && part.parameter !== '') return [{ text: lengthOf(shell, name), quoted, splits: !quoted }]
  if (operation === undefined) return variablePieces(shell, name, quoted)

  const { operator, operand } = operation
  const value = name === '@' || name === '*' ? shell.parameters.join(' ') || undefined : valueOf(shell, name)
  const isThere = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined
  const operandPieces = () => expand(operand, { place: quoted ? place : 'operand' })
  switch (operator) {
    case '+':
    case ':+':
      return isThere ? operandPieces() : []
    case '-':
    case ':-':
      return isThere ? variablePieces(shell, name, quoted) : operandPieces()
    case '=':
    case ':=': {
      if (isThere) return variablePieces(shell, name, quoted)
      if (!isName(name)) {
        await shell.complain(`$${name}: cannot assign in this way`)
        throw new Abandon(1)
      }
      shell.variables.set(name, textOfPieces(await expand(operand, { place: quoted ? place : 'plain' })))
      return variablePieces(shell, name, quoted)
    }
    case '?':
    case ':?': {
      if (isThere) return variablePieces(shell, name, quoted)
      shell.status = 1
      const unset = operator === '?' ? 'parameter not set' : 'parameter null or not set'
      const fields = fieldsOf(await expand(operand), shell.variables.get('IFS') ?? ' \t\n')
      const message = fields.map(({ text }) => text).join(' ')
      await shell.complain(`${name}: ${operand.text === '' ? unset : message}`)
      throw new Abandon(shell.fatalStatus)
    }
  }
}

/** The value of a parameter; undefined when it is not set. */
export function valueOf(shell: Interpreter, name: string): string | undefined {
  switch (name) {
    case '?':
      return String(shell.status)
    case '$':
      return String(shell.setup.shell)
    case '!':
      return shell.lastBackground === undefined ? undefined : String(shell.lastBackground)
    case '#':
      return String(shell.parameters.length)
    case '0':
      return shell.setup.name
    case '-':
      return shell.setup.interactive ? 'himBHs' : 'hBc'
    case 'BASHPID':
      return String(shell.task.id)
    default:
      return /^\d/.test(name) ? shell.parameters[Number(name) - 1] : shell.variables.get(name)
  }
}

function lengthOf(shell: Interpreter, name: string): string {
  if (name === '@' || name === '*') return String(shell.parameters.length)
  return String((valueOf(shell, name) ?? '').length)
}

function isParameter(name: string): boolean {
  return isName(name) || /^(\d+|[?$!#@*-])$/.test(name)
}
