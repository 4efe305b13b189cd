import type { Handle } from '@ht/core'
import type { Task } from '@ht/kernel'

/** Request of a terminal: its size, as four 16-bit integers, of which the first two are rows and columns (ioctl_tty(2)). */
export const TIOCGWINSZ = 0x5413

/** Whether a handle is a terminal's (isatty(3)). */
export function isTerminal(task: Task, handle: Handle): boolean {
  return task.ioctlErrno(handle, TIOCGWINSZ, new Uint8Array(8)) === 0
}

/** How many columns the terminal of a handle has; undefined if it is none, or does not know. */
export function columnsOf(task: Task, handle: Handle): number | undefined {
  const size = new Uint8Array(8)
  if (task.ioctlErrno(handle, TIOCGWINSZ, size) !== 0) return undefined
  return new Uint16Array(size.buffer)[1] || undefined
}
