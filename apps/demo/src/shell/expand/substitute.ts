import { fromBytes } from '../../libc/byte-string.js'
import { becomeHandle, openPipe } from '../handles.js'
import { foregroundOf, startProcess, waitInForeground } from '../jobs/processes.js'
import type { ParsedScript } from 'unbash'
import type { Handle } from '@ht/core'
import type { Task } from '@ht/kernel'
import type { Interpreter } from '../interpreter.js'

/** How many bytes are read at once. */
const PIECE = 65_536

/**
 * What commands put out in a subshell, without the ends of lines at its end (bash(1), Command Substitution). Bytes that
 * are NUL are left out: no argument can hold one.
 */
export async function substitute(shell: Interpreter, script: ParsedScript | undefined): Promise<string> {
  const { task } = shell
  const [reader, writer] = openPipe(task)
  try {
    const run = async (subshell: Interpreter) => {
      subshell.task.close(reader)
      becomeHandle(subshell.task, writer, 1)
      subshell.reportsDeaths = false
      subshell.fatalStatus = 1
      await subshell.setup.runner.script(subshell, script)
    }
    let process
    try {
      process = startProcess(shell, { run })
    } finally {
      task.closeErrno(writer)
    }
    shell.foreground = foregroundOf(shell, [process])
    const output = await readAll(task, reader)
    shell.substituted = shell.status = await waitInForeground(shell, [process], { silent: true })
    if (output.includes('\0')) await shell.complain('warning: command substitution: ignored null byte in input')
    return output.replaceAll('\0', '').replace(/\n+$/, '')
  } finally {
    shell.foreground = undefined
    task.closeErrno(reader)
  }
}

async function readAll(task: Task, handle: Handle): Promise<string> {
  const pieces: string[] = []
  const buffer = new Uint8Array(PIECE)
  for (let length; (length = await task.readAsync(handle, buffer)) > 0;) pieces.push(fromBytes(buffer.subarray(0, length)))
  return pieces.join('')
}
