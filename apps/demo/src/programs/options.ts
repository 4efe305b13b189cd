import { parseArgs, type ParseArgsConfig } from '@pkgjs/parseargs'
import { Help, UsageError } from './failure.js'

/** A program's options, by each of their names and letters. */
type OptionTable = ReadonlyMap<string, { readonly name: string; readonly takes: 'nothing' | 'value' | 'perhaps' }>

/** The options that a help text lists, one a line: `  -n, --lines=NUM  text`. An option is named by what stands last. */
export function optionsIn(help: string): OptionTable {
  const table: Map<string, { name: string; takes: 'nothing' | 'value' | 'perhaps' }> = new Map()
  for (const [, forms = ''] of help.matchAll(/^ +(-.*?)(?: {2}.*)?$/gm)) {
    const names = [...forms.matchAll(/(?<=^| )--?([\w-]+)/g)].map(([, name]) => name!)
    const takes = /\[=/.test(forms) ? 'perhaps' : /=| [A-Z]/.test(forms) ? 'value' : 'nothing'
    for (const name of names) table.set(name, { name: names.at(-1)!, takes })
  }
  return table
}

/** How arguments are taken apart. */
export interface ParseOptions {
  /** Whether options end at the first operand (getopt's `+`), as for what runs a command. */
  readonly inFront?: boolean
  /** Whether an argument that looks like an option is an operand: a negative number. */
  readonly isOperand?: (argument: string) => boolean
}

/** Options as they were given, and what is none. */
export class Options {
  readonly operands: readonly string[]
  readonly #given: { readonly name: string; readonly value: string }[] = []
  readonly #table: OptionTable

  /**
   * Takes arguments apart as getopt_long(3) does, but that long names are not cut short.
   *
   * @throws UsageError, or Help for `--help`
   */
  constructor(args: readonly string[], table: OptionTable, { inFront = false, isOperand = () => false }: ParseOptions = {}) {
    this.#table = table
    const operands: string[] = []
    for (const token of tokensOf(args, table)) {
      const isOption = token.kind === 'option' && !isOperand(args[token.index]!)
      if (inFront && !isOption) {
        operands.push(...args.slice(token.index + (token.kind === 'option-terminator' ? 1 : 0)))
        break
      }
      if (token.kind === 'positional') operands.push(token.value)
      if (isOption) this.#given.push(this.#take(token))
    }
    this.operands = operands
  }

  /** Whether an option was given. */
  has(name: string): boolean {
    return this.values(name).length > 0
  }

  /** The value that was given last for an option. */
  value(name: string): string | undefined {
    return this.values(name).at(-1)
  }

  /** All values that were given for an option; '' where it takes none. */
  values(name: string): string[] {
    this.#check(name)
    return this.#given.filter((it) => it.name === name).map(({ value }) => value)
  }

  /** The one of some options that was given last. */
  last(...names: readonly string[]): string | undefined {
    for (const name of names) this.#check(name)
    return this.#given.filter(({ name }) => names.includes(name)).at(-1)?.name
  }

  #check(name: string): void {
    if (this.#table.get(name)?.name !== name) throw new TypeError(`no option is named ${name}`)
  }

  #take({ name, rawName, value, inlineValue }: Token & { kind: 'option' }): { name: string; value: string } {
    const isLong = rawName.startsWith('--')
    if (rawName === '--help') throw new Help()
    const option = isLong === name.length > 1 ? this.#table.get(name) : undefined
    if (option === undefined) {
      throw new UsageError(
        isLong ? `unrecognized option '${rawName}${inlineValue ? `=${value}` : ''}'` : `invalid option -- '${name}'`,
      )
    }
    if (option.takes === 'value' && value === undefined) {
      throw new UsageError(isLong ? `option '${rawName}' requires an argument` : `option requires an argument -- '${name}'`)
    }
    if (option.takes === 'nothing' && value !== undefined) throw new UsageError(`option '${rawName}' doesn't allow an argument`)
    return { name: option.name, value: value ?? '' }
  }
}

type Token = ReturnType<typeof tokensOf>[number]

function tokensOf(args: readonly string[], table: OptionTable) {
  const options: NonNullable<ParseArgsConfig['options']> = {}
  for (const [name, { takes }] of table) {
    options[name] = { type: takes === 'value' ? 'string' : 'boolean', ...(name.length === 1 && { short: name }) }
  }
  return parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens
}
