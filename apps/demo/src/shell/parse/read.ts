import { parse, type ParseError, type ParsedScript, type Statement } from 'unbash'
import { errorsIn } from './errors.js'
import { refusalIn } from './refusal.js'
import { syntaxMessage, type Refusal } from './syntax-message.js'
import type { SourceText } from './source-text.js'

/** Commands that are executed before what comes after them is looked at: those of one line, or of several where they go on. */
export interface Line {
  readonly statements: readonly Statement[]
  /** Why nothing of it is to be executed, and nothing after it. */
  readonly refused?: Refusal
}

/** Takes a text apart into its lines, up to the first that is wrong. */
export function* linesOf(text: SourceText): Generator<Line, void> {
  const { source } = text
  const script = parse(source)
  const error = errorsIn(script, source)[0]
  if (error === undefined) {
    yield* groups(text, script)
    return
  }
  // What is complete before the error is executed first, as by a shell that reads line by line.
  const good = completeBefore(source, error)
  if (good !== undefined) yield* groups(text, good)
  yield { statements: [], refused: syntaxMessage(text, error) }
}

function* groups(text: SourceText, { commands }: ParsedScript): Generator<Line, void> {
  let group: Statement[] = []
  for (const [i, statement] of commands.entries()) {
    group.push(statement)
    const next = commands[i + 1]
    if (next !== undefined && !text.source.slice(statement.end, next.pos).includes('\n')) continue
    const refusal = refusalIn(group)
    if (refusal !== undefined) {
      const message = `${refusal.what} is not supported`
      yield { statements: [], refused: { line: text.lineAt(refusal.pos), message, isSyntaxError: false } }
      return
    }
    yield { statements: group }
    group = []
  }
}

/** The longest beginning of a text, in whole lines, that is complete without what is wrong behind it. */
function completeBefore(source: string, { pos }: ParseError): ParsedScript | undefined {
  for (let end = source.lastIndexOf('\n', Math.max(pos - 1, 0)); end > 0; end = source.lastIndexOf('\n', end - 1)) {
    const beginning = source.slice(0, end)
    const script = parse(beginning)
    if (errorsIn(script, beginning).length === 0) return script
  }
  return undefined
}
