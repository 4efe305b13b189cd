import type { CommandNode, CompoundCommand, CompoundList, If, PipelineNode, Redirection, Statement } from 'unbash'
import type { SourceText } from '../parse/source-text.js'

/** A command as bash shows it of a job: with its words as they are written, and all else in a form of its own. */
export function commandText(text: SourceText, node: Statement['command']): string {
  return new CommandText(text).of(node)
}

const INDENT = '    '

class CommandText {
  readonly #text: SourceText

  constructor(text: SourceText) {
    this.#text = text
  }

  of(node: Statement['command'], indent = ''): string {
    if (node.type !== 'AndOr') return this.#pipeline(node, indent)
    return node.commands.map((command, i) => `${i === 0 ? '' : ` ${node.operators[i - 1]!} `}${this.#pipeline(command, indent)}`).join('')
  }

  #pipeline(node: PipelineNode, indent: string): string {
    if (node.type !== 'Pipeline') return this.#command(node, indent)
    const signs = { '|': ' | ', '|&': ' 2>&1 | ' }
    return node.commands.map((command, i) => `${i === 0 ? '' : signs[node.operators[i - 1]!]}${this.#command(command, indent)}`).join('')
  }

  #command(node: CommandNode, indent: string): string {
    if (node.type === 'Redirected') return [this.#compound(node.command, indent), ...this.#redirections(node.redirects)].join(' ')
    if (node.type !== 'Command') return this.#compound(node as CompoundCommand, indent)
    const parts = [...node.prefix, ...(node.name === undefined ? [] : [node.name]), ...node.suffix]
    const words = parts.flatMap((part) => (part.type === 'Word' || part.type === 'Assignment' ? part.text : []))
    return [...words, ...this.#redirections(node.redirects)].join(' ')
  }

  #compound(node: CompoundCommand, indent: string): string {
    const body = (list: CompoundList) => `${indent}${INDENT}${this.#list(list, indent + INDENT)};\n`
    switch (node.type) {
      case 'Subshell':
        return `( ${this.#list(node.body, indent)} )`
      case 'BraceGroup':
        return `{ ${this.#list(node.body, indent)}; }`
      case 'While':
        return `${node.kind} ${this.#list(node.clause, indent)}; do\n${body(node.body)}${indent}done`
      case 'For': {
        const words = node.wordlist?.map(({ text }) => text).join(' ') ?? '"$@"'
        return `for ${node.name.text} in ${words};\n${indent}do\n${body(node.body)}${indent}done`
      }
      case 'If':
        return this.#if(node, node.elif, indent)
      default:
        return this.#text.of(node)
    }
  }

  /** What follows an `if` is shown as another one within its `else`. */
  #if({ clause, then, else: otherwise }: Pick<If, 'clause' | 'then' | 'else'>, rest: If['elif'], indent: string): string {
    const inner = indent + INDENT
    const [next, ...more] = rest
    const last = otherwise && this.#list(otherwise, inner)
    const other = next === undefined ? last : this.#if({ ...next, else: otherwise }, more, inner)
    const end = other === undefined ? '' : `${indent}else\n${inner}${other};\n`
    return `if ${this.#list(clause, indent)}; then\n${inner}${this.#list(then, inner)};\n${end}${indent}fi`
  }

  #list({ commands }: CompoundList, indent: string): string {
    return commands
      .map(({ command, background }, i) => `${this.of(command, indent)}${background === true ? ' &' : i < commands.length - 1 ? ';' : ''}`)
      .join(' ')
  }

  #redirections(redirections: readonly Redirection[]): string[] {
    return redirections.map((redirection) => {
      const { operator, descriptor } = redirection
      const input = operator.startsWith('<')
      const given = descriptor?.type === 'FileDescriptor' ? descriptor.value : undefined
      const number = given === undefined || given === (input ? 0 : 1) ? '' : String(given)
      if (redirection.type === 'HereDoc') {
        const end = redirection.delimiter?.value ?? ''
        return `${number}${operator}${end}\n${redirection.body.text}${end}\n`
      }
      const target = redirection.target?.text ?? ''
      return operator.endsWith('&') ? `${given ?? (input ? 0 : 1)}${operator}${target}` : `${number}${operator} ${target}`
    })
  }
}
