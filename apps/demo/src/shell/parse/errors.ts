import { forEachChild, type ParsedScript, type ParseError, type SyntaxNode } from 'unbash'

/** What is wrong with the commands of a source, those in command substitutions included, from the first on. */
export function errorsIn(script: ParsedScript, source: string): ParseError[] {
  const errors: ParseError[] = [...(script.errors ?? [])]
  const visit = (node: SyntaxNode) => {
    // A text in backquotes with escapes in it has positions of its own. Others bash reads only when it comes to them; here they are read with their line.
    if (node.type === 'Script' && node.source !== undefined) return
    if (node.type === 'Script') errors.push(...(node.errors ?? []))
    if (node.type === 'Command' && node.name !== undefined)
      errors.push(...strayParenthesis(source, node.name.end, node.prefix.length > 0))
    forEachChild(node, visit)
  }
  forEachChild(script, visit)
  return errors.sort((a, b) => a.pos - b.pos)
}

/** Of an error whose position is that of a `(` behind a command's name. */
export const NO_FUNCTION = "expected ')' of a function"

/** The parser takes a `(` behind a command's name for the beginning of a function, and forgets it where no `)` follows; `isLater`: none can begin there. */
function strayParenthesis(source: string, nameEnd: number, isLater: boolean): ParseError[] {
  const before = /^(?:[ \t]|\\\n)*(?=\()/.exec(source.slice(nameEnd))?.[0]
  return before === undefined ? [] : [{ message: isLater ? "unexpected token '('" : NO_FUNCTION, pos: nameEnd + before.length }]
}
