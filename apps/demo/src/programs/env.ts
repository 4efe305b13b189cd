import { fromText, toText } from '../libc/byte-string.js'
import { defineCommand } from './command.js'
import { Failure, UsageError } from './failure.js'
import { quotedAlways } from './quote.js'
import type { Program } from '@ht/kernel'

/** Makes env(1), which runs a program by its name in a changed environment, or prints that. */
export function createEnv(lookup: (name: string) => Program | undefined): Program {
  return defineCommand({
    name: 'env',
    usage: '[OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]',
    help: `Runs COMMAND with each NAME set to VALUE; without one, prints the environment.
  -i, --ignore-environment  begin with an empty one; so does - alone
  -0, --null                lines end in NUL
  -u, --unset=NAME          remove NAME
  -C, --chdir=DIR           work in DIR
`,
    trouble: 125,
    parsing: { inFront: true },
    async run(command) {
      const { task, out, options } = command
      const isDash = command.operands[0] === '-'
      const operands = isDash ? command.operands.slice(1) : command.operands
      const isEmpty = isDash || options.has('ignore-environment')
      const variables = new Map(isEmpty ? [] : Object.entries(task.env).map(([name, value]) => [fromText(name), fromText(value)]))
      for (const name of options.values('unset')) {
        if (name === '' || name.includes('=')) throw new Failure(`cannot unset ${quotedAlways(name)}: Invalid argument`)
        variables.delete(name)
      }
      const end = operands.findIndex((operand) => !operand.includes('='))
      for (const assignment of end < 0 ? operands : operands.slice(0, end)) {
        const at = assignment.indexOf('=')
        variables.set(assignment.slice(0, at), assignment.slice(at + 1))
      }
      const directory = options.value('chdir')
      const [name, ...args] = end < 0 ? [] : operands.slice(end)
      if (name === undefined) {
        if (directory !== undefined) throw new UsageError('must specify command with --chdir (-C)')
        for (const [variable, value] of variables) out.put(`${variable}=${value}${options.has('null') ? '\0' : '\n'}`)
        return 0
      }
      if (options.has('null')) throw new UsageError('cannot specify --null (-0) with command')
      if (directory !== undefined) {
        const what = `cannot change directory to ${quotedAlways(directory)}`
        if (!(await command.attempt(what, () => task.chdir(toText(directory))))) return 125
      }
      const program = lookup(toText(name))
      if (program === undefined) throw new Failure(`${quotedAlways(name)}: No such file or directory`, 127)
      const env = Object.fromEntries([...variables].map(([variable, value]) => [toText(variable), toText(value)]))
      return task.exec(program, { name: toText(name), args: args.map(toText), env })
    },
  })
}
