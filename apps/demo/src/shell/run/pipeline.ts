import { isHandleError, type Handle } from '@ht/core'
import { strerror } from '../../libc/strerror.js'
import { Abandon } from '../flow.js'
import { endProcesses, startProcess, waitInForeground } from '../jobs/processes.js'
import { runCommand } from './command.js'
import { becomeHandle, openPipe } from '../handles.js'
import { emptyInput } from './input.js'
import { ERRORS_TOO } from './redirect.js'
import type { Pipeline, PipelineNode } from 'unbash'
import type { Interpreter } from '../interpreter.js'
import type { Process } from '../jobs/jobs.js'

/** Executes a pipeline and waits for it. One of a single command is executed in the shell itself. */
export async function runPipeline(shell: Interpreter, node: PipelineNode): Promise<void> {
  if (node.type !== 'Pipeline') return runCommand(shell, node)
  const negated = node.prefixes.filter(({ type }) => type === 'Negation').length % 2 === 1
  if (node.commands.length === 1) await runCommand(shell, node.commands[0]!, { negated })
  else shell.status = await waitInForeground(shell, await startPipeline(shell, node))
  if (negated) shell.status = shell.status === 0 ? 1 : 0
}

/** How a pipeline is started. */
export interface PipelineOptions {
  /** Whether its first command finds nothing to read, unless its input is redirected. */
  readonly isInputEmpty?: boolean
}

/**
 * Starts the commands of a pipeline, each in a subshell, the output of each but the last the input of the next.
 *
 * @throws Abandon where there are no handles left; then none of it is running
 */
export async function startPipeline(
  shell: Interpreter,
  { commands, operators }: Pipeline,
  { isInputEmpty = false }: PipelineOptions = {},
): Promise<Process[]> {
  const { task, text } = shell
  await shell.step()
  const processes: Process[] = []
  let input: Handle | undefined
  try {
    for (const [i, command] of commands.entries()) {
      const from = input
      const [reader, writer] = i < commands.length - 1 ? openPipe(task) : []
      input = reader
      const run = async (subshell: Interpreter) => {
        if (from !== undefined) becomeHandle(subshell.task, from, 0)
        else if (isInputEmpty) emptyInput(subshell.task)
        if (reader !== undefined) subshell.task.close(reader)
        if (writer !== undefined) becomeHandle(subshell.task, writer, 1)
        await runCommand(subshell, command, {
          isLast: true,
          isPiped: from !== undefined,
          redirections: operators[i] === '|&' ? [ERRORS_TOO] : [],
        })
      }
      try {
        processes.push(startProcess(shell, { text: text.of(command), run }, processes[0]))
      } finally {
        if (from !== undefined) task.closeErrno(from)
        if (writer !== undefined) task.closeErrno(writer)
      }
    }
    return processes
  } catch (error) {
    if (input !== undefined) task.closeErrno(input)
    await endProcesses(shell, processes)
    if (!isHandleError(error)) throw error
    await shell.complain(`pipe error: ${strerror(error)}`)
    throw new Abandon(1)
  }
}
