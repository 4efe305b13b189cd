import { SourceText } from '../parse/source-text.js'
import { startInBackground } from './background.js'
import { runPipeline } from './pipeline.js'
import { redirected } from './redirect.js'
import type { AndOr, ParsedScript, Redirect, Statement } from 'unbash'
import type { Interpreter } from '../interpreter.js'

/** Executes commands one after the other. The status is the last one's. */
export async function runList(shell: Interpreter, statements: readonly Statement[]): Promise<void> {
  for (const statement of statements) {
    if (statement.background === true) await startInBackground(shell, statement)
    else await runAndOr(shell, statement.command)
  }
}

/** Executes the commands of a command substitution, which may have a text of their own. */
export async function runScript(shell: Interpreter, script: ParsedScript | undefined): Promise<void> {
  shell.status = 0
  if (script?.source !== undefined) shell.text = new SourceText(script.source, shell.line)
  const file = script === undefined ? undefined : soleInput(script)
  if (file === undefined) await runList(shell, script?.commands ?? [])
  else if (await redirected(shell, [file])) await copyInput(shell)
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
  for (let length; (length = await task.readAsync(0, buffer)) > 0; ) await task.writeAsync(1, buffer.subarray(0, length))
}

/** How many bytes are copied at once. */
const PIECE = 65_536

/** Executes commands joined by `&&` and `||`. */
export async function runAndOr(shell: Interpreter, node: Statement['command'] | AndOr): Promise<void> {
  if (node.type !== 'AndOr') return runPipeline(shell, node)
  for (const [i, command] of node.commands.entries()) {
    const operator = node.operators[i - 1]
    const skipped = (operator === '&&' && shell.status !== 0) || (operator === '||' && shell.status === 0)
    if (!skipped) await runPipeline(shell, command)
  }
}
