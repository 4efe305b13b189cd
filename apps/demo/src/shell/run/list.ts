import { Jobs, type Process } from '../jobs/jobs.js'
import { startProcess } from '../jobs/processes.js'
import { SourceText } from '../parse/source-text.js'
import { runCommand } from './command.js'
import { emptyInput, suppliesInput } from './input.js'
import { runPipeline, startPipeline } from './pipeline.js'
import { redirected } from './redirect.js'
import type { ParsedScript, Redirect, Statement } from 'unbash'
import type { Interpreter, Runner } from '../interpreter.js'

/** Executes lists of commands, and those of command substitutions. */
export const runner: Runner = {
  async list(shell, statements) {
    for (const statement of statements) {
      if (statement.background === true) await startInBackground(shell, statement)
      else await runAndOr(shell, statement.command)
    }
  },
  async script(shell, script) {
    shell.status = 0
    if (script?.source !== undefined) shell.text = new SourceText(script.source, shell.line)
    const file = script === undefined ? undefined : soleInput(script)
    if (file === undefined) await runner.list(shell, script?.commands ?? [])
    else if (await redirected(shell, [file])) await copyInput(shell)
  },
}

/** Executes commands joined by `&&` and `||`. */
async function runAndOr(shell: Interpreter, node: Statement['command']): Promise<void> {
  if (node.type !== 'AndOr') return runPipeline(shell, node)
  for (const [i, command] of node.commands.entries()) {
    const operator = node.operators[i - 1]
    const skipped = (operator === '&&' && shell.status !== 0) || (operator === '||' && shell.status === 0)
    if (!skipped) await runPipeline(shell, command)
  }
}

/**
 * Starts a command in the background, as a job of the shell's. Its input is empty, unless it is redirected (POSIX,
 * Asynchronous Lists). That of a pipeline bash leaves alone; but one that read from a terminal would take what is typed
 * for the shell.
 */
async function startInBackground(shell: Interpreter, { command }: Statement): Promise<void> {
  await shell.step()
  shell.line = shell.text.lineAt(command.pos)
  const isPlain = command.type === 'Pipeline' && command.commands.length > 1
  const isInputEmpty = shell.setup.interactive
  const processes = isPlain ? await startPipeline(shell, command, { isInputEmpty }) : [startOne(shell, command)]
  // A subshell that has a job of its own forgets those of its parent.
  if (!shell.jobs.isOwn) shell.jobs = new Jobs()
  const job = shell.jobs.add(processes, shell.text.of(command))
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
  return startProcess(shell, { text: shell.text.of(node), run })
}

/** The redirection of `$(<file)`, which puts out what is in the file. */
function soleInput({ commands: [statement, ...more] }: ParsedScript): Redirect | undefined {
  const command = statement?.command
  if (command?.type !== 'Command' || more.length > 0 || statement?.background === true) return undefined
  const [file] = command.redirects
  const isSole = command.name === undefined && command.prefix.length + command.suffix.length === 1
  return isSole && file?.type === 'Redirect' && file.operator === '<' && file.descriptor === undefined ? file : undefined
}

async function copyInput({ task }: Interpreter): Promise<void> {
  const buffer = new Uint8Array(PIECE)
  for (let length; (length = await task.readAsync(0, buffer)) > 0;) {
    await task.writeAsync(1, buffer.subarray(0, length))
  }
}

/** How many bytes are copied at once. */
const PIECE = 65_536
