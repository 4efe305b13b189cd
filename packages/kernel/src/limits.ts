import { HandleError } from '@ht/core'
import { checkInteger, checkOptions, type OptionNames } from './check.js'
import type { AccountLimits, MemoryAccount } from '@ht/core/shared'
import type { TraceBudget } from './trace/budget.js'

/**
 * What one program of the host's may use, with all that it starts: one program cannot use up what all need. Of the memory
 * that workers share, `bytes`, `objects`, `tables` and `nameBytes` count what its workers make, and what is made for them
 * elsewhere; above them ENOMEM.
 */
export interface Limits extends AccountLimits {
  /** Tasks: it, and those that descend from it, waited for or not (RLIMIT_NPROC). 4096 by default; above it EAGAIN. */
  readonly tasks?: number
  /** Of these, tasks that run in workers. 48 by default; above it EAGAIN, as it is when the memory's threads are used up. */
  readonly threads?: number
  /**
   * Bytes of the arguments, the environment and the name that one program is started with, as UTF-8, and 9 more for each
   * (execve(2), ARG_MAX). 1 MiB by default; above it E2BIG.
   */
  readonly argumentBytes?: number
}

const LIMITS: OptionNames<Limits> = { tasks: true, threads: true, argumentBytes: true, bytes: true, objects: true, tables: true, nameBytes: true }

/** Limits of which those that depend on the size of the memory may be open. */
export type SetLimits = Limits & Required<Omit<Limits, keyof AccountLimits>>

const DEFAULTS: SetLimits = { tasks: 4096, threads: 48, argumentBytes: 2 ** 20 }

/** Limits that were asked for, over those that hold otherwise. @throws EINVAL that names one that is wrong */
export function setLimits(limits: Limits | undefined, otherwise: SetLimits = DEFAULTS): SetLimits {
  if (limits === undefined) return otherwise
  checkOptions(limits, LIMITS, 'options.limits')
  const set: { -readonly [K in keyof SetLimits]: SetLimits[K] } = { ...otherwise }
  for (const name of Object.keys(LIMITS) as (keyof Limits)[]) {
    const limit = limits[name]
    if (limit === undefined) continue
    checkInteger(limit, `options.limits.${name}`, 1)
    set[name] = limit
  }
  return set
}

/** What a program of the host's uses, with all that it has started, and what it may. */
export class Account {
  readonly limits: SetLimits
  tasks = 0
  threads = 0
  /** What its workers are charged to while there is one. */
  memory: MemoryAccount | undefined
  /** What the trace keeps of its workers' calls, once one was traced. */
  trace: TraceBudget | undefined

  constructor(limits: SetLimits) {
    this.limits = limits
  }

  /** @throws EAGAIN when there may be no more tasks, or none that run in workers */
  checkRoom(inWorker: boolean): void {
    const { tasks, threads } = this.limits
    if (this.tasks >= tasks) throw new HandleError('EAGAIN', { text: `the program has ${String(tasks)} tasks, which is its limit` })
    if (inWorker) this.checkThreads(threads)
  }

  /** @throws EAGAIN when no more of the tasks may run in workers */
  checkThreads(threads = this.limits.threads): void {
    if (this.threads < threads) return
    throw new HandleError('EAGAIN', { text: `the program has ${String(threads)} tasks in workers, which is its limit` })
  }
}

/** Adds up what a program is started with, and refuses it as soon as it is too much. */
export class ArgumentBytes {
  #left: number
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
    this.#left = limit
  }

  /** @throws E2BIG */
  add(text: string): void {
    this.#left -= PER_TEXT + bytesOf(text, this.#left)
    if (this.#left >= 0) return
    throw new HandleError('E2BIG', { text: `arguments and environment take more than ${String(this.#limit)} bytes` })
  }
}

/** What each text takes besides: a NUL, and a pointer to it. */
const PER_TEXT = 9

/** How many bytes a text is as UTF-8; where it is more than `most`, some number above that. */
function bytesOf(text: string, most: number): number {
  if (text.length > most) return text.length
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    // A surrogate is one of two for four bytes.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2
  }
  return bytes
}
