import { errnoFrom, errorFrom, HandleError, isHandleError } from '@ht/core'
import type { RunningTask } from './task/task.js'

/**
 * An error with the call, the handle and the task put to it. A HandleError keeps its text, which says more than its
 * code: which argument was wrong, or which limit was met. What a kind threw becomes EIO, or the code that it bears,
 * with it as the cause.
 */
export function located(error: unknown, task: RunningTask | undefined, syscall: string, handle?: unknown): HandleError {
  const own = isHandleError(error)
  const details = { syscall, handle: (own ? error.handle : undefined) ?? handle, task: task?.id, cause: error }
  return own ? new HandleError(error.code, { ...details, text: textOf(error) }) : errorFrom(errnoFrom(error), details)
}

/** The text of an error, without the code before it and the place behind it. */
function textOf({ message, code }: HandleError): string {
  return message.slice(code.length + 2).replace(/(, \w+)?( \((handle|task) .*\))?$/, '')
}
