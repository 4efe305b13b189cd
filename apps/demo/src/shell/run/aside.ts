import { errorFrom, type Handle } from '@ht/core'
import { F_DUPFD_CLOEXEC } from '@ht/kernel'
import { EBADF } from '../errno.js'
import { OWN_HANDLES } from '../handles.js'
import type { Interpreter } from '../interpreter.js'

/** The handles that redirections of a command in the shell itself have replaced, until the command has ended. */
export class Aside {
  readonly #shell: Interpreter
  /** For each number its handle from before, elsewhere; undefined for one that was closed. */
  readonly #kept = new Map<Handle, Handle | undefined>()

  constructor(shell: Interpreter) {
    this.#shell = shell
  }

  /** Keeps what a number names, before it is made to name something else. @throws EMFILE */
  keep(handle: Handle): void {
    if (this.#kept.has(handle)) return
    const { task, aside } = this.#shell
    const lowest = Math.min(Math.max(OWN_HANDLES, handle + 1), task.getHandleLimit() - 1)
    const copy = task.fcntlErrno(handle, F_DUPFD_CLOEXEC, lowest)
    if (copy < 0 && copy !== -EBADF) throw errorFrom(copy)
    if (copy >= 0) aside.add(copy)
    this.#kept.set(handle, copy < 0 ? undefined : copy)
  }

  /** Puts all back. */
  restore(): void {
    const { task, aside } = this.#shell
    for (const [handle, copy] of [...this.#kept].reverse()) {
      if (copy === undefined) {
        task.closeErrno(handle)
        continue
      }
      task.dup2Errno(copy, handle)
      task.closeErrno(copy)
      aside.delete(copy)
    }
    this.#kept.clear()
  }
}
