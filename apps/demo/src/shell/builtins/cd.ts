import { isHandleError, S_IFDIR, S_IFMT } from '@ht/core'
import { fromText, toText } from '../../libc/byte-string.js'
import { strerror } from '../../libc/strerror.js'
import { printable } from '../quoting.js'
import { takeOptions, type Builtin } from './builtin.js'
import type { Task } from '@ht/kernel'
import type { Interpreter } from '../interpreter.js'

/** Changes the directory. With `-L`, the default, `..` leads back to where the shell came from, also behind a link. */
export const cd: Builtin = async (shell, args) => {
  const { options, operands } = takeOptions(args, 'LPe', 'cd [-L|[-P [-e]] [-@]] [dir]')
  const { variables } = shell
  const [operand, ...more] = operands
  if (more.length > 0) return fail(shell, 'too many arguments')
  const variable = operand === undefined ? 'HOME' : operand === '-' ? 'OLDPWD' : undefined
  const target = variable === undefined ? operand : variables.get(variable)
  if (target === undefined) return fail(shell, `${variable} not set`)
  const isPhysical = options.replaceAll('e', '').endsWith('P')
  try {
    enter(shell, target, isPhysical)
  } catch (error) {
    if (!isHandleError(error)) throw error
    return fail(shell, `${printable(target)}: ${strerror(error)}`)
  }
  if (operand === '-') await shell.print(`${shell.directory ?? target}\n`)
  return 0
}

function enter(shell: Interpreter, target: string, isPhysical: boolean): void {
  const { task, variables, directory } = shell
  const logical =
    isPhysical || directory === undefined
      ? undefined
      : withoutDots(task, target.startsWith('/') ? target : `${directory}${directory.endsWith('/') ? '' : '/'}${target}`)
  const entered = logical !== undefined && task.chdirErrno(toText(logical)) === 0
  if (!entered) task.chdir(target === '' ? '.' : toText(target))
  shell.directory = entered ? logical : physical(task)
  variables.set('OLDPWD', variables.get('PWD') ?? directory ?? '')
  if (shell.directory !== undefined) variables.set('PWD', shell.directory)
}

function physical(task: Task): string | undefined {
  const path = task.getcwdErrno()
  return typeof path === 'string' ? fromText(path) : undefined
}

/** A path without `.` and `..`; undefined where there is no directory that a `..` could lead out of. */
function withoutDots(task: Task, path: string): string | undefined {
  const root = /^\/\/(?!\/)/.test(path) ? '//' : '/'
  const names: string[] = []
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue
    if (name !== '..') names.push(name)
    else {
      if (!isDirectory(task, root + names.join('/'))) return undefined
      names.pop()
    }
  }
  return root + names.join('/')
}

function isDirectory(task: Task, path: string): boolean {
  try {
    return (task.stat(toText(path)).mode & S_IFMT) === S_IFDIR
  } catch {
    return false
  }
}

async function fail(shell: Interpreter, message: string): Promise<number> {
  await shell.complain(`cd: ${message}`)
  return 1
}
