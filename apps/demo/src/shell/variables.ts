import { fromText, toText } from '../libc/byte-string.js'

interface Variable {
  /** A byte string; undefined for a name that is only marked for export. */
  readonly value: string | undefined
  readonly exported: boolean
}

/** A shell's variables. Names and values are byte strings. */
export class Variables {
  readonly #all: Map<string, Variable>
  /** Those that were set for one command only, as they were before. */
  #lent: ReadonlyMap<string, Variable | undefined> = new Map()

  constructor(all: ReadonlyMap<string, Variable> = new Map()) {
    this.#all = new Map(all)
  }

  /** The variables that a shell begins with: its environment, exported, and those that it sets itself. */
  static from(environment: Readonly<Record<string, string>>, directory: string | undefined): Variables {
    const variables = new Variables()
    for (const [name, value] of Object.entries(environment)) {
      if (isName(name)) variables.#all.set(name, { value: fromText(value), exported: true })
    }
    const level = Number(variables.get('SHLVL') ?? '0')
    variables.#all.set('SHLVL', { value: String(Number.isInteger(level) && level >= 0 ? level + 1 : 1), exported: true })
    if (directory !== undefined) variables.#all.set('PWD', { value: directory, exported: true })
    variables.#all.set('OLDPWD', { value: variables.get('OLDPWD'), exported: true })
    variables.#all.set('IFS', { value: ' \t\n', exported: false })
    return variables
  }

  copy(): Variables {
    return new Variables(this.#all)
  }

  get(name: string): string | undefined {
    return this.#all.get(name)?.value
  }

  set(name: string, value: string): void {
    this.#all.set(name, { value, exported: this.#all.get(name)?.exported ?? false })
  }

  unset(name: string): void {
    this.#all.delete(name)
  }

  /** Says whether a variable is in the environment of programs; one that is not set is so once it is. */
  mark(name: string, exported: boolean): void {
    const variable = this.#all.get(name)
    if (variable !== undefined || exported) this.#all.set(name, { value: variable?.value, exported })
    // What is set for one command only, and marked by it, stays.
    if (this.#lent.has(name)) this.#lent = new Map([...this.#lent].filter(([lent]) => lent !== name))
  }

  /** Sets variables for one command, exported; what comes back takes that back. */
  lend(assignments: ReadonlyMap<string, string>): () => void {
    const before = this.#lent
    this.#lent = new Map([...assignments.keys()].map((name) => [name, this.#all.get(name)]))
    for (const [name, value] of assignments) this.#all.set(name, { value, exported: true })
    return () => {
      for (const [name, variable] of this.#lent) {
        if (variable === undefined) this.#all.delete(name)
        else this.#all.set(name, variable)
      }
      this.#lent = before
    }
  }

  /** What is exported, by name, and not for one command only; without a value where there is none. */
  exported(): (readonly [name: string, value: string | undefined])[] {
    const all = [...this.#all.keys()]
      .sort()
      .map((name) => [name, this.#lent.has(name) ? this.#lent.get(name) : this.#all.get(name)] as const)
    return all.flatMap(([name, variable]) => (variable?.exported === true ? [[name, variable.value] as const] : []))
  }

  /** The environment of a program, as text. */
  environment(): Record<string, string> {
    const pairs = [...this.#all].flatMap(([name, { value, exported }]) =>
      exported && value !== undefined ? [[name, toText(value)] as const] : [],
    )
    return Object.fromEntries(pairs)
  }
}

/** Whether a text can be a variable's name. */
export function isName(text: string): boolean {
  return /^[A-Za-z_]\w*$/.test(text)
}
