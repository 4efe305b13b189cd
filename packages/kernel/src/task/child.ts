import type { WaitOptions } from '@ht/core'
import type { Exit } from './program.js'
import type { Signal } from './signals.js'
import type { RunningTask } from './task.js'

/**
 * A child, as its parent sees it: the same in the kernel's thread and in workers. Only the child itself can make its
 * calls.
 */
export interface Child {
  readonly id: number
  readonly name: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Sends a signal, TERM by default (kill(2)). @throws ESRCH if the child has been reaped; EINVAL */
  kill(signal?: Signal): void
  /** Waits until the child has ended, and reaps it (waitpid(2)). Rejects with ECHILD if it has been reaped. */
  wait(options?: WaitOptions): Promise<Exit>
  /** Like {@link wait}, but returns at once: undefined while the child runs. @throws ECHILD */
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
