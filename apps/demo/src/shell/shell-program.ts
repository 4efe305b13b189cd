import { Shell, type ShellOptions } from './shell.js'
import type { Program } from '@ht/kernel'

/** The program that executes a text of commands and ends with its status: `htsh -c`. */
export function shellProgram(source: string, options: ShellOptions): Program {
  return async function htsh(task) {
    const shell = new Shell(task, { interactive: false, isArgument: true, ...options })
    return shell.run(source)
  }
}
