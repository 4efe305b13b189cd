import { isHandleError, S_IFDIR, S_IFMT } from '@ht/core'
import { fromText, toText } from '../../libc/byte-string.js'
import { strerror } from '../../libc/strerror.js'
import { printable } from '../quoting.js'
import { EISDIR } from '../errno.js'
import { NOT_FOUND, type Interpreter, type Programs } from '../interpreter.js'

/** Status of a command that is there, and cannot be executed. */
const CANNOT_EXECUTE = 126

/** The folders that programs seem to be in. */
const FOLDERS = /^\/(?:usr\/)?bin\/([^/]+)$/

/**
 * Executes a program in this task's place: nothing runs after it. Where there is none that is said, and the status that
 * of a command that is not found (127) or cannot be executed (126).
 */
export async function becomeProgram(
  shell: Interpreter,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const [name = '', ...args] = words
  const program = programOf(shell, name)
  if (program === undefined) {
    const { status, reason } = absence(shell, name)
    await shell.complain(`${name.includes('/') ? name : printable(name)}: ${reason}`)
    shell.status = status
    return
  }
  try {
    await shell.task.exec(program, { name: toText(name), args: args.map(toText), env, worker: typeof program !== 'function' })
  } catch (error) {
    if (!isHandleError(error) || shell.task.ended !== undefined) throw error
    // What the user can do something about, in the usual words: too many arguments, or no thread. Else it is misconfigured.
    const reason = error.code === 'E2BIG' || error.code === 'EAGAIN' ? strerror(error) : fromText(String(error))
    await shell.complain(`${printable(name)}: ${reason}`)
    shell.status = CANNOT_EXECUTE
  }
}

/** The program of a name, or of a path in one of the folders that programs seem to be in. */
function programOf({ setup: { programs } }: Interpreter, name: string): Programs[string] | undefined {
  const found = toText(name.includes('/') ? (FOLDERS.exec(name)?.[1] ?? '') : name)
  return Object.hasOwn(programs, found) ? programs[found] : undefined
}

function absence({ task }: Interpreter, name: string): { status: number; reason: string } {
  if (!name.includes('/')) return { status: NOT_FOUND, reason: 'command not found' }
  try {
    const { mode } = task.stat(toText(name))
    if ((mode & S_IFMT) === S_IFDIR) return { status: CANNOT_EXECUTE, reason: strerror(EISDIR) }
    return { status: CANNOT_EXECUTE, reason: (mode & 0o111) === 0 ? 'Permission denied' : 'cannot execute: Exec format error' }
  } catch (error) {
    if (!isHandleError(error)) throw error
    return { status: error.code === 'ENOENT' ? NOT_FOUND : CANNOT_EXECUTE, reason: strerror(error) }
  }
}
