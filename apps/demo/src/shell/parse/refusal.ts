import { forEachChild, type Statement, type SyntaxNode } from 'unbash'

/** What this shell does not have. */
export interface Unsupported {
  readonly what: string
  readonly pos: number
}

/** The first thing in commands that this shell does not have. */
export function refusalIn(statements: readonly Statement[]): Unsupported | undefined {
  let found: Unsupported | undefined
  const visit = (node: SyntaxNode) => {
    if (found !== undefined) return
    const what = whatIsMissing(node)
    if (what !== undefined) found = { what, pos: node.pos }
    // In what is assigned, braces are braces.
    else if (node.type === 'Assignment' && node.value.type === 'Word') forEachChild(node.value, visitAssigned)
    else forEachChild(node, visit)
  }
  const visitAssigned = (node: SyntaxNode) => {
    if (node.type !== 'BraceExpansion') visit(node)
  }
  for (const statement of statements) visit(statement)
  return found
}

const MISSING: Readonly<Partial<Record<SyntaxNode['type'], string>>> = {
  Function: 'a function',
  Case: '`case`',
  Select: '`select`',
  Coproc: '`coproc`',
  Time: '`time`',
  TestCommand: '`[[`',
  ArithmeticFor: '`for ((`',
  ArithmeticCommand: '`((`',
  ArithmeticExpansion: 'arithmetic',
  ArrayValue: 'an array',
  ProcessSubstitution: 'process substitution',
  ExtendedGlob: 'an extended pattern',
  BraceExpansion: 'brace expansion',
  FileDescriptorVariable: 'a redirection with a variable',
}

function whatIsMissing(node: SyntaxNode): string | undefined {
  switch (node.type) {
    case 'ParameterExpansion': {
      const { prefix, index, operation } = node
      // The parser takes the `!` of `${!:-…}` for a prefix of no name.
      const isIndirect = prefix === '!' && node.parameter !== ''
      if (index !== undefined) return 'an array'
      const isKnown = operation === undefined || operation.type === 'Default' || operation.type === 'Unknown'
      return isIndirect || !isKnown ? node.text : undefined
    }
    case 'Assignment':
      return node.index === undefined ? undefined : 'an array'
    case 'Command': {
      const name = node.name?.parts === undefined ? node.name?.value : undefined
      return name !== undefined && MISSING_BUILTINS.has(name) ? `\`${name}\`` : undefined
    }
    default:
      return MISSING[node.type]
  }
}

/** Builtins of bash that are no programs on most systems, and that this shell does not have. */
const MISSING_BUILTINS: ReadonlySet<string> = new Set(
  `. alias bg bind builtin caller compgen complete compopt declare dirs disown enable eval exec fc fg getopts hash
  history let local logout mapfile popd pushd read readarray readonly return set shift shopt source suspend times
  trap typeset ulimit umask unalias`.split(/\s+/),
)
