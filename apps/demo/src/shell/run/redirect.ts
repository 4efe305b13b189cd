import { isHandleError, O_APPEND, O_CLOEXEC, O_CREAT, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY, type Handle } from '@ht/core'
import { F_DUPFD_CLOEXEC } from '@ht/kernel'
import { toText } from '../../libc/byte-string.js'
import { strerror } from '../../libc/strerror.js'
import { documentOf, openDocument } from '../expand/here-document.js'
import { argumentsOf, textOf } from '../expand/words.js'
import { CommandError } from '../flow.js'
import { Aside } from './aside.js'
import { becomeHandle, OWN_HANDLES } from '../handles.js'
import type { Redirect, Redirection } from 'unbash'
import type { Interpreter } from '../interpreter.js'

/** Standard error to where standard output goes: what `|&` does when all other redirections are done. */
export const ERRORS_TOO = Symbol('2>&1')

export type Redirections = readonly (Redirection | typeof ERRORS_TOO)[]

/**
 * Carries out redirections, in their order.
 *
 * @param keep is called with each number before it is made to name something else
 * @throws CommandError that says what is wrong; what was done until then stays
 */
async function redirect(shell: Interpreter, redirections: Redirections, keep: Keep = () => undefined): Promise<void> {
  for (const redirection of redirections) {
    if (redirection === ERRORS_TOO) {
      duplicate(shell, 1, 2, keep)
      continue
    }
    const { descriptor } = redirection
    const given = descriptor?.type === 'FileDescriptor' ? descriptor.value : undefined
    if (redirection.type === 'Redirect') {
      await redirectTo(shell, redirection, given, keep)
      continue
    }
    const text =
      redirection.type === 'HereDoc'
        ? await documentOf(shell, redirection)
        : `${redirection.target === undefined ? '' : await textOf(shell, redirection.target, { assigned: 'value' })}\n`
    place(shell, 'here-document', () => openDocument(shell.task, text), given ?? 0, keep)
  }
}

/**
 * Executes in this very shell with redirections, which are undone whatever happens. What is wrong with them is said,
 * and the status 1 then. Whether they were carried out.
 */
export async function withRedirections(
  shell: Interpreter,
  redirections: Redirections,
  body: () => Promise<void>,
): Promise<boolean> {
  const aside = new Aside(shell)
  try {
    const done = await redirected(shell, redirections, (handle) => aside.keep(handle))
    if (done) await body()
    return done
  } finally {
    aside.restore()
  }
}

/** {@link redirect}; says what is wrong instead of throwing it. Whether all were carried out. */
export async function redirected(shell: Interpreter, redirections: Redirections, keep?: Keep): Promise<boolean> {
  try {
    await redirect(shell, redirections, keep)
    return true
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    await shell.complain(error.message)
    shell.status = 1
    return false
  }
}

type Keep = (handle: Handle) => void

const FLAGS: Readonly<Record<string, number>> = {
  '<': O_RDONLY,
  '<>': O_RDWR | O_CREAT,
  '>': O_WRONLY | O_CREAT | O_TRUNC,
  '>|': O_WRONLY | O_CREAT | O_TRUNC,
  '>>': O_WRONLY | O_CREAT | O_APPEND,
  '&>': O_WRONLY | O_CREAT | O_TRUNC,
  '&>>': O_WRONLY | O_CREAT | O_APPEND,
}

async function redirectTo(shell: Interpreter, redirection: Redirect, given: Handle | undefined, keep: Keep): Promise<void> {
  const { operator, target: word } = redirection
  const fields = word === undefined ? [] : await argumentsOf(shell, [word])
  const target = fields[0]
  if (target === undefined || fields.length > 1) throw new CommandError(`${word?.text ?? ''}: ambiguous redirect`)
  if (operator === '<&' || operator === '>&') {
    const number = given ?? (operator === '<&' ? 0 : 1)
    const [, digits, moved] = /^(\d*)(-?)$/.exec(target) ?? []
    if (digits !== undefined && target !== '') {
      const from = digits === '' ? undefined : Number(digits)
      if (from !== undefined) duplicate(shell, from, number, keep)
      if (moved !== '' && from !== number) close(shell, from ?? number, keep)
      return
    }
    if (operator === '<&' || given !== undefined) throw new CommandError(`${target}: ambiguous redirect`)
  }
  const both = operator === '>&' || operator.startsWith('&')
  const flags = FLAGS[operator === '>&' ? '>' : operator]!
  const open = () => shell.task.open(toText(target), flags | O_CLOEXEC)
  place(shell, target, open, given ?? (operator.startsWith('<') ? 0 : 1), keep)
  if (both) duplicate(shell, 1, 2, keep)
}

/** Opens something, and makes a number name it. */
function place(shell: Interpreter, name: string, open: () => Handle, number: Handle, keep: Keep): void {
  attempt(name, () => {
    // It may be opened at the very number, if that is free: what is kept there is nothing, and has to be known before.
    keep(number)
    becomeHandle(shell.task, open(), number)
  })
}

function duplicate({ task }: Interpreter, handle: Handle, number: Handle, keep: Keep): void {
  attempt(String(handle), () => {
    if (handle === number) {
      task.queryHandle(handle)
      return
    }
    // Held meanwhile: to keep `number` may take the place that `handle` would have to be in.
    const held = task.fcntl(handle, F_DUPFD_CLOEXEC, OWN_HANDLES)
    try {
      keep(number)
      task.dup2(held, number)
    } finally {
      task.closeErrno(held)
    }
  })
}

function close({ task }: Interpreter, handle: Handle, keep: Keep): void {
  keep(handle)
  task.closeErrno(handle)
}

/** @throws CommandError for what a call fails with */
function attempt(name: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    throw isHandleError(error) ? new CommandError(`${name}: ${strerror(error)}`) : error
  }
}
