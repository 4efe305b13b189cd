import { HandleError } from '@ht/core'
import { checkInteger, checkOptions, type OptionNames } from './check.js'
import type { AccountLimits, MemoryAccount } from '@ht/core/shared'
import type { TraceBudget } from './trace/budget.js'

/**
 * Limits of one program of the host, together with all that it starts, so that one program cannot use up what all need.
 * `bytes`, `objects`, `tables` and `nameBytes` bound its part of the memory that workers share: what its workers make there,
 * and what is made for them elsewhere. Beyond them, calls fail with ENOMEM.
 */
export interface Limits extends AccountLimits {
  /** Tasks: the program's and all its descendants, whether waited for or not (RLIMIT_NPROC). Defaults to 4096; beyond it EAGAIN. */
  readonly tasks?: number
  /** How many of these run in workers. Defaults to 48; beyond it EAGAIN, as when the memory has no more threads. */
  readonly threads?: number
  /**
   * Bytes of one program's arguments, environment and name in UTF-8, plus 9 for each of them (execve(2), ARG_MAX).
   * Defaults to 1 MiB; beyond it E2BIG.
   */
  readonly argumentBytes?: number
}

const LIMITS: OptionNames<Limits> = {
  tasks: true,
  threads: true,
  argumentBytes: true,
  bytes: true,
  objects: true,
  tables: true,
  nameBytes: true,
}

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
    if (this.tasks >= tasks)
      throw new HandleError('EAGAIN', { text: `the program has ${String(tasks)} tasks, which is its limit` })
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
