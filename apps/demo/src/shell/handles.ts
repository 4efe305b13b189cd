import { O_CLOEXEC, type Handle } from '@ht/core'
import { F_DUPFD_CLOEXEC, F_SETFD, type Task } from '@ht/kernel'

/** The lowest number that the shell uses for itself: those below belong to the user's commands (bash(1), REDIRECTION). */
export const OWN_HANDLES = 10

/** Moves a handle to a number, where programs that are executed find it. */
export function becomeHandle(task: Task, handle: Handle, target: Handle): void {
  if (handle === target) {
    task.fcntl(handle, F_SETFD, 0)
    return
  }
  try {
    task.dup2(handle, target)
  } finally {
    task.close(handle)
  }
}

/** A pipe whose ends have numbers of the shell's own, close-on-exec. @throws EMFILE; then there is none */
export function openPipe(task: Task): [reader: Handle, writer: Handle] {
  const ends = task.pipe2(O_CLOEXEC)
  const owned: Handle[] = []
  try {
    for (const end of ends) owned.push(task.fcntl(end, F_DUPFD_CLOEXEC, OWN_HANDLES))
    return owned as [Handle, Handle]
  } catch (error) {
    for (const handle of owned) task.closeErrno(handle)
    throw error
  } finally {
    for (const end of ends) task.closeErrno(end)
  }
}
