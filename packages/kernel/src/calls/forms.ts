import { errnoFrom, errorFrom, type HandleError } from '@ht/core'
import { EIO } from '../errno.js'
import { located } from '../errors.js'
import { isAnswer } from './answers.js'
import { checkRoom } from './room.js'
import type { RunningTask } from '../task/task.js'

/*
 * Each call is written once, in its errno form: a function of its task that answers a value or −errno. The
 * form that throws is made of it here. A family of calls declares the throwing forms as an interface, with
 * the rules of each call.
 */

/** The errno forms of a family of calls: the same arguments; a value, 0 for nothing, or −errno. */
export type ErrnoForms<C> = {
  [K in keyof C & string as `${K}Errno`]: C[K] extends (...args: infer A) => infer R
    ? (...args: A) => undefined extends R ? number : R | number
    : never
}

/** How a family of calls is written: the errno forms under the calls' own names. */
export type Family<C> = {
  [K in keyof C]: C[K] extends (...args: infer A) => infer R
    ? (this: RunningTask, ...args: A) => undefined extends R ? number : R | number
    : never
}

type Call = (this: RunningTask, ...args: never[]) => unknown

/** Calls whose first argument is a number, and no handle. */
const WITHOUT_HANDLE = new Set(['pipe2', 'socket', 'socketpair', 'kill', 'setpgid', 'setHandleLimit', 'umask', 'closeRange'])

/**
 * The −errno of what was thrown in a call: by a check of its arguments, or by a kind. The task keeps the error, for the
 * form that throws.
 */
export function failed(task: RunningTask, error: unknown): number {
  task.thrown = error
  return errnoFrom(error)
}

/** Puts the two forms of each call of a family where tasks find them. */
export function install(prototype: object, family: Readonly<Record<string, Call>>): void {
  for (const [name, call] of Object.entries(family)) {
    const form = `${name}Errno`
    Object.assign(prototype, {
      [form]: call,
      [name](this: RunningTask, ...args: unknown[]) {
        return succeeding(this, name, args)
      },
    })
  }
}

/** Makes a call in its errno form: the value. @throws the error of the −errno that it answers instead */
export function succeeding(task: RunningTask, name: string, args: readonly unknown[]): unknown {
  task.thrown = undefined
  const form = `${name}Errno` as 'readErrno'
  const result: unknown = task[form](...(args as Parameters<RunningTask['readErrno']>))
  if (typeof result === 'number' && result < 0) throw failureOf(task, name, args[0], result)
  return result
}

/** {@link install} for calls that leave it to this package to turn what is thrown in them into −errno. */
export function installGuarded(prototype: object, family: Readonly<Record<string, Call>>): void {
  for (const [name, call] of Object.entries(family)) {
    install(prototype, {
      [name](this: RunningTask, ...args: never[]) {
        checkRoom()
        try {
          const result = call.apply(this, args)
          return typeof result !== 'number' || isAnswer(result) ? result : -EIO
        } catch (error) {
          return failed(this, error)
        }
      },
    })
  }
}

function failureOf(task: RunningTask, syscall: string, first: unknown, errno: number): HandleError {
  const isHandle = typeof first === 'number' && first !== AT_FDCWD && !WITHOUT_HANDLE.has(syscall)
  const { thrown } = task
  task.thrown = undefined
  // The call may have made another one, which threw.
  const error = thrown !== undefined && errnoFrom(thrown) === errno ? thrown : errorFrom(errno)
  return located(error, task, syscall, isHandle ? first : undefined)
}

/** In place of a directory's handle: the working directory (openat(2)). */
export const AT_FDCWD = -100
