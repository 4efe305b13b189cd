import { forEachChild, type ParsedScript, type ParseError, type SyntaxNode } from 'unbash'

/** What is wrong with commands, those in command substitutions included, from the first on. */
export function errorsIn(script: ParsedScript): ParseError[] {
  const errors: ParseError[] = [...(script.errors ?? [])]
  const visit = (node: SyntaxNode) => {
    // Those in backquotes are read when they are come to, with positions of their own.
    if (node.type === 'Script' && node.source !== undefined) return
    if (node.type === 'Script') errors.push(...((node).errors ?? []))
    forEachChild(node, visit)
  }
  forEachChild(script, visit)
  return errors.sort((a, b) => a.pos - b.pos)
}
