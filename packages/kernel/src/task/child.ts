import type { WaitOptions } from '@ht/core'
import type { Exit } from './program.js'
import type { Signal } from './signals.js'
import type { RunningTask } from './task.js'

/**
 * A child, as the task has it that started it: in the kernel's thread and in workers alike. It makes no calls of the
 * child's; those are the child's own.
 */
export interface Child {
  readonly id: number
  readonly name: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Sends it a signal, TERM by default (kill(2)). @throws ESRCH when it has been waited for; EINVAL */
  kill(signal?: Signal): void
  /** Waits until it has ended, and reaps it (waitpid(2)). Rejects with ECHILD when it has been waited for. */
  wait(options?: WaitOptions): Promise<Exit>
  /** {@link wait} at once: undefined while it has not ended. @throws ECHILD */
  tryWait(): Exit | undefined
}

/** What a call takes that is about one child: its number, or what has it. */
export type ChildNumber = number | { readonly id: number }

export class ChildOf implements Child {
  readonly id: number
  readonly name: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly #parent: RunningTask

  constructor(parent: RunningTask, { id, name, args, env }: Pick<Child, 'id' | 'name' | 'args' | 'env'>) {
    this.#parent = parent
    this.id = id
    this.name = name
    this.args = args
    this.env = env
  }

  kill(signal: Signal = 'TERM'): void {
    this.#parent.kill(this.id, signal)
  }

  wait(options?: WaitOptions): Promise<Exit> {
    return this.#parent.wait(this.id, options)
  }

  tryWait(): Exit | undefined {
    return this.#parent.tryWait(this.id)
  }
}
