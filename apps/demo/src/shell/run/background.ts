import { commandText } from '../jobs/command-text.js'
import { Jobs } from '../jobs/jobs.js'
import { runCommand } from './command.js'
import { emptyInput, suppliesInput } from './input.js'
import { runAndOr } from './list.js'
import { startPipeline } from './pipeline.js'
import { startProcess, type Process } from './processes.js'
import type { Statement } from 'unbash'
import type { Interpreter } from '../interpreter.js'

/**
 * Starts a command in the background, as a job of the shell's. Its input is empty, unless it is redirected (POSIX,
 * Asynchronous Lists). That of a pipeline bash leaves alone; but one that read from a terminal would take what is typed
 * for the shell.
 */
export async function startInBackground(shell: Interpreter, { command }: Statement): Promise<void> {
  await shell.step()
  shell.line = shell.text.lineAt(command.pos)
  const isPlain = command.type === 'Pipeline' && command.commands.length > 1
  const processes = isPlain ? await startPipeline(shell, command, { isInputEmpty: shell.setup.interactive }) : [startOne(shell, command)]
  // A subshell that has a job of its own forgets those of its parent.
  if (!shell.jobs.isOwn) shell.jobs = new Jobs()
  const job = shell.jobs.add(processes, commandText(shell.text, command))
  shell.lastBackground = processes.at(-1)!.id
  shell.status = 0
  if (shell.isInFront) await shell.say(`[${job.number}] ${shell.lastBackground}\n`)
}

function startOne(shell: Interpreter, node: Statement['command']): Process {
  // What is a pipeline here is one command with a `!`, which turns no status round in the background, as in bash.
  const negated = node.type === 'Pipeline' && node.prefixes.length % 2 === 1
  const command = node.type === 'Pipeline' ? node.commands[0]! : node
  const redirections = command.type === 'Command' || command.type === 'Redirected' ? command.redirects : []
  const run = async (subshell: Interpreter) => {
    const isGiven = subshell.isInputGiven || redirections.some(suppliesInput)
    if (subshell.setup.interactive || !isGiven) emptyInput(subshell.task)
    subshell.detach()
    if (command.type !== 'AndOr') return runCommand(subshell, command, { isLast: true, negated })
    subshell.fatalStatus = 1
    await runAndOr(subshell, command)
  }
  return startProcess(shell, { text: commandText(shell.text, node), run })
}
