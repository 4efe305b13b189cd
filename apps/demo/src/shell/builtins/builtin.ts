import type { Interpreter } from '../interpreter.js'

/** A command of the shell's own: its status. Arguments are byte strings. */
export type Builtin = (shell: Interpreter, args: readonly string[]) => number | Promise<number>

/** Wrong arguments: said, with how it is right, and with status 2. */
export class Misuse extends Error {
  readonly usage: string

  /** Without a message, only how it is right is said. */
  constructor(usage: string, message = '') {
    super(message)
    this.usage = usage
  }
}

/**
 * Takes options of one letter from the front of arguments, up to the first that is none or behind `--`.
 *
 * @throws Misuse for another letter
 */
export function takeOptions(
  args: readonly string[],
  letters: string,
  usage: string,
): { options: string; operands: readonly string[] } {
  let options = ''
  for (const [i, argument] of args.entries()) {
    if (argument === '--') return { options, operands: args.slice(i + 1) }
    if (!/^-./s.test(argument)) return { options, operands: args.slice(i) }
    for (const letter of argument.slice(1)) {
      if (!letters.includes(letter)) throw new Misuse(usage, `-${letter}: invalid option`)
      options += letter
    }
  }
  return { options, operands: [] }
}
