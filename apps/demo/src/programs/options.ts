import { parseArgs } from '@pkgjs/parseargs'
import { Help, UsageError } from './failure.js'

/**
 * A program's options: the long name of each, and its letter, with `:` behind it if it takes an argument, `::` if it
 * may (only after `=`). One without a letter is `''`, one without a long name has its letter for a name.
 */
export type OptionTable = Readonly<Record<string, string>>

/** An option as it was given. */
export interface Given<T extends OptionTable> {
  readonly name: keyof T & string
  /** The argument of one that takes one; '' for another. */
  readonly value: string
  /** Whether there was an argument. */
  readonly hasValue: boolean
  /** In which argument it was. */
  readonly index: number
}

export interface Parsed<T extends OptionTable> {
  /** In their order. Each is looked at when it is come to: the first that is wrong throws a UsageError, `--help` throws Help. */
  readonly options: Iterable<Given<T>>
  readonly operands: readonly string[]
}

export interface ParseOptions {
  /** Options end at the first operand (getopt's `+`), for what runs a command. */
  readonly inFront?: boolean
  /** What looks like an option and is an operand: a negative number. */
  readonly isOperand?: (argument: string) => boolean
}

/**
 * Takes arguments apart as getopt_long(3) does: options may come after operands, letters in groups, and names may be cut
 * short where that leaves no doubt.
 */
export function parseOptions<T extends OptionTable>(
  args: readonly string[],
  table: T,
  how: ParseOptions = {},
): Parsed<T> {
  const tokens = tokensOf(args, table)
  const isOperand = how.isOperand ?? (() => false)
  const isEnd = (token: Token) =>
    token.kind === 'positional' || (token.kind === 'option' && isOperand(args[token.index]!))
  const end = how.inFront === true ? tokens.find(isEnd) : undefined
  const front = end === undefined ? tokens : tokens.slice(0, tokens.indexOf(end))
  const operands = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []))
  return { options: given(front, table), operands: end === undefined ? operands : args.slice(end.index) }
}

type Token = ReturnType<typeof split>[number]

function split(args: readonly string[], table: OptionTable) {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, letter]) => {
      const type = takesValue(letter) ? ('string' as const) : ('boolean' as const)
      return [name, { type, ...(/^[^:]/.test(letter) && { short: letter[0]! }) }]
    }),
  )
  return parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens
}

/** The tokens of arguments, each long option under its full name. */
function tokensOf(args: readonly string[], table: OptionTable): readonly Token[] {
  const full = [...args]
  for (;;) {
    const tokens = split(full, table)
    // One that is written out may take the next argument for its own: the rest has to be looked at again.
    const short = tokens.find((token) => token.kind === 'option' && completions(token, table).length === 1)
    if (short?.kind !== 'option') return tokens
    full[short.index] = full[short.index]!.replace(/^[^=]*/, () => `--${completions(short, table)[0]!}`)
  }
}

function* given<T extends OptionTable>(tokens: readonly Token[], table: T): Generator<Given<T>> {
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    const isLong = rawName.startsWith('--')
    if (isLong && name === 'help') throw new Help()
    if (!Object.hasOwn(table, name) || (isLong && name.length === 1)) {
      const possible = completions(token, table).map((it) => ` '--${it}'`)
      if (possible.length > 1)
        throw new UsageError(`option '${rawName}' is ambiguous; possibilities:${possible.join('')}`)
      if (!isLong) throw new UsageError(`invalid option -- '${name}'`)
      throw new UsageError(`unrecognized option '${rawName}${inlineValue ? `=${value}` : ''}'`)
    }
    const letter = table[name]!
    if (takesValue(letter) && value === undefined) {
      throw new UsageError(
        isLong ? `option '--${name}' requires an argument` : `option requires an argument -- '${rawName[1]!}'`,
      )
    }
    if (!letter.includes(':') && value !== undefined)
      throw new UsageError(`option '--${name}' doesn't allow an argument`)
    yield { name, value: value ?? '', hasValue: value !== undefined, index: token.index }
  }
}

/** The long names that an option which is none may be the beginning of. */
function completions(token: Token & { kind: 'option' }, table: OptionTable): string[] {
  const { name, rawName } = token
  if (!rawName.startsWith('--') || (Object.hasOwn(table, name) && name.length > 1) || name === 'help') return []
  return [...Object.keys(table), 'help'].filter((it) => it.length > 1 && it.startsWith(name))
}

function takesValue(letter: string): boolean {
  return letter.endsWith(':') && !letter.endsWith('::')
}
