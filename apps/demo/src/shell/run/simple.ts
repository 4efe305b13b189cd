import { isHandleError } from '@ht/core'
import { strerror } from '../../libc/strerror.js'
import { Misuse } from '../builtins/builtin.js'
import { builtins } from '../builtins/index.js'
import { argumentsOf, textOf } from '../expand/words.js'
import { redirectsInput } from './input.js'
import { becomeProgram } from './program.js'
import { startProcess, waitInForeground } from '../jobs/processes.js'
import { redirected, withRedirections, type Redirections } from './redirect.js'
import type { Assignment, Command, CommandArgument, Word } from 'unbash'
import type { Interpreter } from '../interpreter.js'

interface Manner {
  readonly isLast: boolean
  /** What is redirected after the command's own redirections. */
  readonly more: Redirections
}

/** Executes a simple command: assignments, redirections, and a builtin or a program. */
export async function runSimple(shell: Interpreter, command: Command, { isLast, more }: Manner): Promise<void> {
  shell.line = shell.text.lineAt(command.pos)
  shell.substituted = undefined
  const redirections = [...command.redirects, ...more]
  const words = withoutCommand(await wordsOf(shell, command))
  const assignments = command.prefix.filter((it) => it.type === 'Assignment')
  const [name] = words
  if (name === undefined) {
    for (const assignment of assignments) shell.variables.set(assignment.name, await valueOf(shell, assignment))
    shell.status = substitutedStatus(shell)
    return runNothing(shell, redirections, isLast)
  }
  const assigned = await assignedTo(shell, assignments)
  if (Object.hasOwn(builtins, name)) {
    const run = () => lending(shell, assigned, () => runBuiltin(shell, name, words.slice(1)))
    if (!isLast) await withRedirections(shell, redirections, run)
    else if (await redirected(shell, redirections)) await run()
    return
  }
  const environment = await lending(shell, assigned, () => shell.variables.environment())
  const run = async (subshell: Interpreter) => {
    if (await redirected(subshell, redirections)) await becomeProgram(subshell, words, environment)
  }
  if (isLast) {
    await run(shell)
    return
  }
  const process = startProcess(shell, { text: shell.text.of(command), run })
  shell.status = await waitInForeground(shell, [process])
}

/** Without `command` in front, which only says that no function is meant, and there are none. */
function withoutCommand(words: readonly string[]): readonly string[] {
  let rest = words
  while (rest[0] === 'command') {
    const at = rest.findIndex((word, i) => i > 0 && word !== '-p')
    const behind = rest[at] === '--' ? at + 1 : at
    if (at < 0 || behind >= rest.length || (behind === at && /^-./s.test(rest[at]!))) break
    rest = rest.slice(behind)
  }
  return rest
}

/** The variables that are assigned for one command only. Each sees those before it; redirections see none. */
async function assignedTo(shell: Interpreter, assignments: readonly Assignment[]): Promise<Map<string, string>> {
  const assigned = new Map<string, string>()
  for (const assignment of assignments) {
    assigned.set(assignment.name, await lending(shell, assigned, () => valueOf(shell, assignment)))
  }
  return assigned
}

/** Does something with variables that it has but meanwhile. */
async function lending<T>(shell: Interpreter, assigned: ReadonlyMap<string, string>, work: () => T | Promise<T>): Promise<T> {
  const restore = shell.variables.lend(assigned)
  try {
    return await work()
  } finally {
    restore()
  }
}

/**
 * Opens the files of a command that is nothing but redirections. Where its input is redirected a subshell does so, as in
 * bash.
 */
async function runNothing(shell: Interpreter, redirections: Redirections, isLast: boolean): Promise<void> {
  if (redirections.some(redirectsInput)) {
    const { status } = shell
    if (isLast) {
      // bash does not wait for that subshell.
      await redirected(shell, redirections)
      shell.status = 0
      return
    }
    const run = async (subshell: Interpreter) => {
      if (await redirected(subshell, redirections)) subshell.status = status
    }
    shell.status = await waitInForeground(shell, [startProcess(shell, { run })])
  } else await withRedirections(shell, redirections, () => Promise.resolve())
}

/** The status of the last command substitution, which is that of a command that is nothing else. */
function substitutedStatus({ substituted = 0 }: Interpreter): number {
  return substituted
}

async function runBuiltin(shell: Interpreter, name: string, args: readonly string[]): Promise<void> {
  try {
    shell.status = await builtins[name]!(shell, args)
  } catch (error) {
    if (error instanceof Misuse) {
      if (error.message !== '') await shell.complain(`${name}: ${error.message}`)
      await shell.say(`${name}: usage: ${error.usage}\n`)
      shell.status = 2
      return
    }
    if (!isHandleError(error) || shell.task.ended !== undefined) throw error
    await shell.complain(`${name}: write error: ${strerror(error)}`)
    shell.status = 1
  }
}

async function wordsOf(shell: Interpreter, { name, args }: Command): Promise<string[]> {
  const all: readonly CommandArgument[] = name === undefined ? [] : [name, ...args]
  if (all.every((argument) => argument.type === 'Word')) return argumentsOf(shell, all)
  const words: string[] = []
  for (const argument of all) {
    if (argument.type === 'Word') words.push(...(await argumentsOf(shell, [argument])))
    // The parser takes what `export` is given for assignments, and so they are: one word each.
    else words.push(`${argument.name}=${await valueOf(shell, argument)}`)
  }
  return words
}

/** The value that is assigned. */
async function valueOf(shell: Interpreter, { name, value, append }: Assignment): Promise<string> {
  if (value.type === 'ArrayValue') throw new TypeError('an array was not refused')
  const text = await textOf(shell, value satisfies Word, { assigned: 'value' })
  return append === true ? `${shell.variables.get(name) ?? ''}${text}` : text
}
