import { fromText, toText } from '../libc/byte-string.js'
import { defineCommand, type Command } from './command.js'
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
    options: { 'ignore-environment': 'i', null: '0', unset: 'u:', chdir: 'C:' },
    trouble: 125,
    parsing: { inFront: true },
    async run(command) {
      const { task, out } = command
      let [empty, end] = [false, '\n']
      let directory: string | undefined
      const unset: string[] = []
      for (const { name, value } of command.options) {
        if (name === 'ignore-environment') empty = true
        else if (name === 'null') end = '\0'
        else if (name === 'unset') unset.push(value)
        else directory = value
      }
      const operands = command.operands[0] === '-' ? command.operands.slice(1) : command.operands
      if (operands !== command.operands) empty = true
      const assignments = operands.findIndex((operand) => !operand.includes('='))
      const [name, ...args] = assignments < 0 ? [] : operands.slice(assignments)

      const env = changed(empty ? {} : task.env, unset, assignments < 0 ? operands : operands.slice(0, assignments))
      if (name === undefined) {
        if (directory !== undefined) throw new UsageError('must specify command with --chdir (-C)')
        for (const [variable, value] of env) out.put(`${variable}=${value}${end}`)
        return 0
      }
      if (end === '\0') throw new UsageError('cannot specify --null (-0) with command')
      if (directory !== undefined) enter(command, directory)
      const program = lookup(toText(name))
      if (program === undefined) throw new Failure(`${quotedAlways(name)}: No such file or directory`, 127)
      return task.exec(program, {
        name: toText(name),
        args: args.map(toText),
        env: Object.fromEntries([...env].map(([variable, value]) => [toText(variable), toText(value)])),
      })
    },
  })
}

function changed(
  from: Readonly<Record<string, string>>,
  unset: readonly string[],
  assignments: readonly string[],
): Map<string, string> {
  const env = new Map(Object.entries(from).map(([name, value]) => [fromText(name), fromText(value)]))
  for (const name of unset) {
    if (name === '' || name.includes('=')) throw new Failure(`cannot unset ${quotedAlways(name)}: Invalid argument`)
    env.delete(name)
  }
  for (const assignment of assignments) {
    const at = assignment.indexOf('=')
    env.set(assignment.slice(0, at), assignment.slice(at + 1))
  }
  return env
}

function enter(command: Pick<Command, 'task' | 'why'>, directory: string): void {
  try {
    command.task.chdir(toText(directory))
  } catch (error) {
    throw new Failure(`cannot change directory to ${quotedAlways(directory)}: ${command.why(error)}`)
  }
}
