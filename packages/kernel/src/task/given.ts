import { HandleError, HandleTable, type Handle, type KernelObject } from '@ht/core'
import { tableOf } from '../calls/lookup.js'
import { checkInteger, checkObject, invalid, type OptionNames } from '../check.js'
import { disposeQuietly } from './tables.js'
import type { Limits } from '../limits.js'
import type { ExecOptions } from './spawn.js'
import type { RunningTask, TaskHost } from './task.js'

/** What a new task gets at a number: a handle of its parent, an object, or nothing (`null`). */
export type Given = Handle | KernelObject | null

/**
 * Options of a new task. The call takes over the objects given here, even if it fails. `@ht/kernel/stdio` makes objects
 * that lead to streams of the host.
 */
export interface SpawnOptions extends ExecOptions {
  /** The path of its working directory. Defaults to its parent's, or to the root if the host starts the task. */
  readonly cwd?: string
  /**
   * Its process group: 0 for a new one, or the number of an existing group (otherwise EPERM). Defaults to its parent's,
   * or to a new group if the host starts the task.
   */
  readonly processGroup?: number
  /** Its limit of handles. Defaults to its parent's, or to 1024 if the host starts the task. */
  readonly limit?: number
  /** Handle 0. Defaults to the parent's, or is closed if the host starts the task. */
  readonly stdin?: Given
  /** Handle 1, as {@link stdin}. */
  readonly stdout?: Given
  /** Handle 2, as {@link stdin}. */
  readonly stderr?: Given
  /**
   * Limits of the task together with all that descend from it. Each defaults to that of `createKernel`. Only for tasks
   * that the host starts.
   */
  readonly limits?: Limits
  /** Other handles, by their numbers in the new task; `{ 3: 5 }` makes its 3 the parent's 5. */
  readonly handles?: Readonly<Record<number, Given>>
}

export const SPAWN_OPTIONS: OptionNames<SpawnOptions> = {
  name: true,
  args: true,
  env: true,
  worker: true,
  cwd: true,
  processGroup: true,
  limits: true,
  limit: true,
  stdin: true,
  stdout: true,
  stderr: true,
  handles: true,
}

/**
 * The table of a new task: a copy of its parent's without what is close-on-exec, or an empty one, and in it what
 * it is given.
 *
 * @throws EINVAL for options that are wrong, EBADF for a handle that is not open or a number that cannot be; what
 *   a kind's hooks throw. Then there is no table
 */
export function tableFor(kernel: TaskHost, parent: RunningTask | undefined, options: SpawnOptions): HandleTable {
  const { limit } = options
  if (limit !== undefined) checkInteger(limit, 'options.limit', 0, parent?.table.capacity ?? 1 << 20)
  const table = parent === undefined ? emptyTable(kernel, limit) : tableOf(parent).deepClone()
  const objects: KernelObject[] = []
  try {
    // All handles are looked up before anything is placed, so that two can change places.
    const arriving = givenIn(options).map(([number, from]) => {
      if (typeof from !== 'number') return { number, from, metadata: undefined }
      const clone = parent && table.cloneWithMetadata(from)
      if (clone === undefined) throw new HandleError('EBADF', { handle: from })
      const { object } = clone
      objects.push(object)
      // The parent may have narrowed the mode; close-on-exec stays behind.
      const { handleType, accessMode } = clone.metadata
      return { number, from: object, metadata: { handleType, accessMode } }
    })
    for (const { number, from, metadata } of arriving) {
      if (from === null) table.closeErrno(number)
      else table.replace(number, from, metadata)
    }
    if (parent !== undefined) table.closeOnExec()
    // What it is given stands, also over its limit.
    if (limit !== undefined) table.setLimit(limit)
    return table
  } catch (error) {
    // Does nothing where the table has them.
    for (const object of objects) object.release()
    disposeQuietly(table)
    throw error
  }
}

/** Lets go of the objects that a task that did not come to be was given. */
export function releaseGiven(options: SpawnOptions): void {
  const { stdin, stdout, stderr, handles } = (options as SpawnOptions | null) ?? {}
  for (const given of [stdin, stdout, stderr, ...Object.values(handles ?? {})]) if (isObject(given)) given.release()
}

/** What a task is given, by number. */
function givenIn({ handles = {}, stdin, stdout, stderr }: SpawnOptions): (readonly [number, Given])[] {
  // A list has numbers too.
  if (!Array.isArray(handles)) checkObject(handles, 'options.handles')
  const all: (readonly [number | string, Given | undefined])[] = [
    ...Object.entries(handles),
    [0, stdin],
    [1, stdout],
    [2, stderr],
  ]
  return all.flatMap(([key, value]) => {
    if (value === undefined) return []
    const number = Number(key)
    checkInteger(number, 'a number in options.handles', 0)
    if (value !== null && typeof value !== 'number' && !isObject(value)) {
      throw invalid(`handle ${key} in options`, 'a handle, a KernelObject or null', value)
    }
    return [[number, value] as const]
  })
}

function emptyTable({ registry, threads }: TaskHost, limit = 0): HandleTable {
  const capacity = Math.max(limit, HandleTable.MAX_HANDLES)
  const options = { capacity, ...(registry && { kinds: registry }) }
  return threads?.makeTable(options) ?? new HandleTable(options)
}

/** Whether what was given is a reference to an open object. */
export function isObject(value: unknown): value is KernelObject {
  return typeof value === 'object' && value !== null && 'isLive' in value
}
