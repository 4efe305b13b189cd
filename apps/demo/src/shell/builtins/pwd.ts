import { fromText } from '../../libc/byte-string.js'
import { strerror } from '../../libc/strerror.js'
import { takeOptions, type Builtin } from './builtin.js'

/** Prints the directory as the shell came to it, with `-P` as it is without links. */
export const pwd: Builtin = async (shell, args) => {
  const { options } = takeOptions(args, 'LP', 'pwd [-LP]')
  const path = options.endsWith('P') || shell.directory === undefined ? shell.task.getcwdErrno() : shell.directory
  if (typeof path === 'number') {
    await shell.complain(`pwd: error retrieving current directory: getcwd: cannot access parent directories: ${strerror(path)}`)
    return 1
  }
  await shell.print(`${path === shell.directory ? path : fromText(path)}\n`)
  return 0
}
