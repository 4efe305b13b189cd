import { runFor, runIf, runWhile } from './compound.js'
import { suppliesInput } from './input.js'
import { startProcess, waitInForeground } from '../jobs/processes.js'
import { redirected, withRedirections, type Redirections } from './redirect.js'
import { runSimple } from './simple.js'
import type { CommandNode, CompoundCommand } from 'unbash'
import type { Interpreter } from '../interpreter.js'

/** How a command is executed. */
export interface Manner {
  /**
   * Whether the task ends with this command, as a process of a pipeline does: then a program takes its place, and
   * redirections stay.
   */
  readonly isLast?: boolean
  /** What is redirected besides, after the command's own redirections. */
  readonly redirections?: Redirections
  /**
   * Whether its status will be turned round. That of a compound command whose redirections fail is 0 then, so that it
   * comes to 1 as it does in bash.
   */
  readonly negated?: boolean
  /** Whether its input is that of a pipe. */
  readonly isPiped?: boolean
}

/** Executes one command. */
export async function runCommand(shell: Interpreter, node: CommandNode, manner: Manner = {}): Promise<void> {
  const { isLast = false, redirections: more = [], negated = false, isPiped = false } = manner
  await shell.step()
  if (node.type === 'Command') return runSimple(shell, node, { isLast, more })
  const redirections = node.type === 'Redirected' ? [...node.redirects, ...more] : more
  const command = node.type === 'Redirected' ? node.command : node
  if (command.type === 'Subshell' && !isLast) {
    const run = (subshell: Interpreter) => runCommand(subshell, node, { ...manner, isLast: true })
    const process = startProcess(shell, { text: shell.text.of(node), run })
    shell.status = await waitInForeground(shell, [process])
    return
  }
  if (command.type === 'Subshell') shell.detach()
  // It stays so when the command has ended.
  if (command.type === 'Subshell' || redirections.length > 0) shell.isInputGiven = redirections.some(suppliesInput)
  if (isPiped) shell.isInputGiven = true
  shell.line = shell.text.lineAt(node.pos)
  const run = () => runCompound(shell, command)
  const done = isLast ? await redirected(shell, redirections) : await withRedirections(shell, redirections, run)
  if (!done && negated) shell.status = 0
  if (!done || !isLast) return
  shell.fatalStatus = 1
  await run()
}

async function runCompound(shell: Interpreter, command: CommandNode | CompoundCommand): Promise<void> {
  switch (command.type) {
    case 'Subshell':
    case 'BraceGroup':
      return shell.setup.runner.list(shell, command.body.commands)
    case 'If':
      return runIf(shell, command)
    case 'While':
      return runWhile(shell, command)
    case 'For':
      return runFor(shell, command)
    default:
      // What there is besides was refused before anything of its line was executed.
      throw new TypeError(`${command.type} was not refused`)
  }
}
