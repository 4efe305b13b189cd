import { NO_FUNCTION } from './errors.js'
import type { ParseError } from 'unbash'
import type { SourceText } from './source-text.js'

/** Why commands are not executed. */
export interface Refusal {
  readonly line: number
  readonly message: string
  /** Whether they are none of the language, and not only none that this shell knows. */
  readonly isSyntaxError: boolean
}

/** What bash says of an error, as near as the parser's errors can be told apart. */
export function syntaxMessage(text: SourceText, { message, pos }: ParseError): Refusal {
  const { source } = text
  const delimiter = UNTERMINATED.find(([what]) => message.includes(what))?.[1]
  if (message.startsWith('unterminated') && delimiter !== undefined) {
    const line = message.includes('command substitution') ? text.lineAt(source.length) + 1 : text.lineAt(pos)
    return refusal(line, `unexpected EOF while looking for matching \`${delimiter}'`)
  }
  // The parser says where a group begins that has nothing in it, and where one ends too early.
  const isEmptyGroup = /^expected command in/.test(message)
  const isNoFunction = message === NO_FUNCTION
  const early = /^expected '(do|then)'/.test(message) ? /\b(done|fi|esac)\s*$/.exec(source.slice(0, pos)) : null
  const rest = source.slice(early?.index ?? pos + (isEmptyGroup || isNoFunction ? 1 : 0))
  const token =
    /^(?:[ \t]|\\\n)*(?:#.*)?(\n|&&|&>>|&>|\|\||\|&|;;&|;;|;&|<<<|<<-|<<|>>|<&|>&|<>|>\||[;&|<>()]|[^\s;&|<>()]+)?/.exec(
      rest,
    )?.[1]
  if (token === undefined && !isNoFunction && !message.includes('redirect target')) {
    return refusal(text.lineAt(source.length) + 1, 'syntax error: unexpected end of file')
  }
  const near = token === undefined || token === '\n' ? 'newline' : token
  const line = text.lineAt(pos)
  const written = source.split('\n')[line - text.lineAt(0)] ?? ''
  return refusal(line, `syntax error near unexpected token \`${near}'`, `\`${written}'`)
}

function refusal(line: number, ...messages: string[]): Refusal {
  return { line, message: messages.join('\n'), isSyntaxError: true }
}

const UNTERMINATED: readonly (readonly [what: string, delimiter: string])[] = [
  ['double quote', '"'],
  ['single quote', "'"],
  ['ANSI-C quote', "'"],
  ['backtick', '`'],
  ['parameter expansion', '}'],
  ['', ')'],
]
