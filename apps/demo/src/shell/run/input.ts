import { O_CLOEXEC, O_RDONLY, type Handle } from '@ht/core'
import { becomeHandle } from '../handles.js'
import { ERRORS_TOO, type Redirections } from './redirect.js'
import type { Task } from '@ht/kernel'

/*
 * What bash makes of standard input that is not redirected.
 */

/** Whether bash takes a redirection for one of standard input: whatever its number, if something is opened for reading. */
export function suppliesInput(redirection: Redirections[number]): boolean {
  if (redirection === ERRORS_TOO) return false
  const { type, operator, descriptor } = redirection
  if (type !== 'Redirect' || operator === '<' || operator === '<>') return true
  const isInput = descriptor === undefined ? operator === '<&' : descriptor.type === 'FileDescriptor' && descriptor.value === 0
  return isInput && operator.endsWith('&')
}

/** Makes standard input empty. There may be no /dev/null, and a pipe without a writer is as empty. */
export function emptyInput(task: Task): void {
  const nothing = task.openErrno('/dev/null', O_RDONLY | O_CLOEXEC)
  becomeHandle(task, nothing >= 0 ? nothing : emptyPipe(task), 0)
}

function emptyPipe(task: Task): Handle {
  const [reader, writer] = task.pipe2(O_CLOEXEC)
  task.close(writer)
  return reader
}

/** Whether a redirection makes bash open files in a subshell, of a command that is nothing else: one of standard input itself. */
export function redirectsInput(redirection: Redirections[number]): boolean {
  if (redirection === ERRORS_TOO || redirection.type !== 'Redirect') return false
  const { descriptor, operator, target } = redirection
  const isInput =
    descriptor === undefined ? operator.startsWith('<') : descriptor.type === 'FileDescriptor' && descriptor.value === 0
  return isInput && (operator === '<' || operator === '<>' || (operator.endsWith('&') && !/^\d/.test(target?.text ?? '')))
}
