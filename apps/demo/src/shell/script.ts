import { isHandleError, O_CLOEXEC, O_RDONLY, type Handle } from '@ht/core'
import { encode, fromBytes, toText } from '../libc/byte-string.js'
import { strerror } from '../libc/strerror.js'
import { isComplete } from './parse/is-complete.js'
import { Shell, type ShellOptions } from './shell.js'
import type { Program, Task } from '@ht/kernel'

/** The program that executes a text of commands and ends with its status: `htsh -c`. */
export function shellProgram(source: string, options: ShellOptions): Program {
  return async function htsh(task) {
    const shell = new Shell(task, { interactive: false, isArgument: true, ...options })
    return shell.run(source)
  }
}

/** What runs the commands of a file, with the file's name for `$0` (sh(1)). */
export function scriptProgram(path: string, options: ShellOptions): Program {
  return async (task) => {
    let text = ''
    try {
      // All of it at once: the commands find no handle of the shell's among theirs.
      const script = task.open(path, O_RDONLY | O_CLOEXEC)
      for await (const line of linesOf(task, script, 4096)) text += line
      task.close(script)
    } catch (error) {
      if (!isHandleError(error)) throw error
      await task.writeAsync(2, encode(`${options.name ?? ''}: ${path}: ${strerror(error)}\n`))
      return error.code === 'ENOENT' ? 127 : 126
    }
    return new Shell(task, { ...options, name: path, interactive: false }).run(text)
  }
}

/**
 * What runs the commands that standard input says. Each is read when the one before has ended, and no byte more, so
 * that a command reads on where the shell has stopped (sh(1)).
 */
export function inputProgram(options: ShellOptions): Program {
  return async (task) => {
    const shell = new Shell(task, { ...options, interactive: false })
    let before = 0
    let source = ''
    // Empty lines in front, so that messages name the line of the input.
    const run = () => shell.run('\n'.repeat(before) + source)
    for await (const line of linesOf(task, 0, 1)) {
      source += line
      if (!isComplete(source)) continue
      await run()
      if (shell.exiting !== undefined) return shell.exiting
      before += source.split('\n').length - 1
      source = ''
    }
    // The shell says what is missing.
    if (source !== '') await run()
    return shell.exiting ?? shell.lastStatus
  }
}

/** The lines that a handle reads, with their ends; at most `atOnce` bytes are read at once. */
async function* linesOf(task: Task, handle: Handle, atOnce: number): AsyncGenerator<string> {
  const buffer = new Uint8Array(atOnce)
  let rest = ''
  for (let count; (count = await task.readAsync(handle, buffer)) > 0;) {
    const piece = fromBytes(buffer.subarray(0, count))
    rest += piece
    if (!piece.includes('\n')) continue
    for (let end; (end = rest.indexOf('\n') + 1) > 0; rest = rest.slice(end)) yield toText(rest.slice(0, end))
  }
  if (rest !== '') yield toText(rest)
}
