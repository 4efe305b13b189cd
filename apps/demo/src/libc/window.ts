import { TIOCGWINSZ } from '@ht/kernel/stdio'
import type { Handle } from '@ht/core'
import type { Task } from '@ht/kernel'

/** Whether a handle is a terminal's (isatty(3)). */
export function isTerminal(task: Task, handle: Handle): boolean {
  return task.ioctlErrno(handle, TIOCGWINSZ, new Uint8Array(8)) === 0
}

/** How many columns the terminal of a handle has, 0 if it does not know; undefined if it is none. */
export function columnsOf(task: Task, handle: Handle): number | undefined {
  const size = new Uint8Array(8)
  if (task.ioctlErrno(handle, TIOCGWINSZ, size) !== 0) return undefined
  return new Uint16Array(size.buffer)[1]!
}
