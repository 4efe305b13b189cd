import { linesOf } from '../parse/read.js'
import { SourceText } from '../parse/source-text.js'
import { Abandon } from '../flow.js'
import type { Interpreter } from '../interpreter.js'

/** The status of an invalid command, or one that the shell does not support. */
const MISUSE = 2

/** Executes a text of commands line by line, up to the first that is wrong. */
export async function execute(shell: Interpreter, source: string): Promise<void> {
  shell.text = new SourceText(source)
  for (const { statements, refused } of linesOf(shell.text)) {
    if (refused !== undefined) {
      shell.line = refused.line
      await refuse(shell, refused.message, refused.isSyntaxError)
    }
    await shell.setup.runner.list(shell, statements)
  }
}

async function refuse(shell: Interpreter, message: string, isSyntaxError: boolean): Promise<never> {
  // At a prompt, the user sees the line.
  const lines = message.split('\n').slice(0, shell.setup.interactive ? 1 : undefined)
  for (const line of lines) await shell.complain(line, isSyntaxError)
  shell.status = MISUSE
  throw new Abandon(MISUSE)
}
