import { forEachChild, parse, type SyntaxNode } from 'unbash'
import { errorsIn } from './errors.js'

/** Whether a text of commands ends where commands may end: false while a quote, a here-document, `(`, `&&`, … is open. */
export function isComplete(source: string): boolean {
  if (/(?<!\\)(?:\\\\)*\\\n?$/.test(source)) return false
  const script = parse(source)
  const [error] = errorsIn(script, source)
  if (error !== undefined) return !isAtEnd(source, error.pos) && !error.message.startsWith('unterminated')
  return !hasOpenDocument(script)
}

/** Whether there is nothing behind a position but white space and comments. */
function isAtEnd(source: string, position: number): boolean {
  return /^(?:\s|#.*)*$/.test(source.slice(position))
}

function hasOpenDocument(node: SyntaxNode): boolean {
  if (node.type === 'HereDoc' && node.closing === undefined) return true
  let found = false
  forEachChild(node, (child) => (found ||= hasOpenDocument(child)))
  return found
}
