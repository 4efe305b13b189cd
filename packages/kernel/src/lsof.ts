import {
  DirectoryOps,
  methodsOf,
  openObjectOf,
  READABLE,
  WRITABLE,
  type AccessMode,
  type Handle,
  type HandleType,
  type SpecialSemantics,
} from '@ht/core'
import type { RunningTask } from './task/task.js'

/** One open handle of a task. */
export interface LsofHandle {
  readonly handle: Handle
  /** The number of the open object: handles that show one number share it. */
  readonly object: number
  /** The name of its kind. */
  readonly kind: string
  readonly role: HandleType
  readonly mode: AccessMode
  /** The handle's close-on-exec, and the object's status flags. */
  readonly flags: readonly SpecialSemantics[]
  /** How many handles of all tasks name the object, including those under way. */
  readonly holders: number
  /** The holders, and all other references that keep the object alive. */
  readonly references: number
  /** The kind's description of the object. For an object at home in a worker, the number of that thread, since lsof waits for no worker. */
  readonly description: string
}

/** What a task has open. */
export interface LsofTask {
  readonly task: number
  readonly name: string
  readonly parent: number
  /** The number of its process group. */
  readonly processGroup: number
  /** A `zombie` has ended, and its parent has not waited for it. */
  readonly state: 'running' | 'zombie'
  /** The number of its table: tasks that show one number share it. */
  readonly table: number
  /** The path of its working directory. Undefined if it has none, if it was removed, or if a worker is its home. */
  readonly cwd: string | undefined
  readonly handles: readonly LsofHandle[]
}

/** Lists what tasks have open. */
export function listTasks(tasks: Iterable<RunningTask>): LsofTask[] {
  return [...tasks].map((task) => ({
    task: task.id,
    name: task.name,
    parent: task.parent,
    processGroup: task.processGroup,
    state: task.ended === undefined ? 'running' : 'zombie',
    table: task.tableId,
    cwd: directoryOf(task),
    handles: task.ended === undefined ? handlesOf(task) : [],
  }))
}

function handlesOf(task: RunningTask): LsofHandle[] {
  return task.table.activeHandles().flatMap((handle) => {
    const info = task.table.getObjectInfo(handle)
    // Another task, or a kind's own `describe`, may have closed it.
    if (info === undefined) return []
    return {
      handle,
      object: info.id,
      kind: info.kindName,
      role: info.handleType,
      mode: modeOf(info.accessMode),
      flags: info.specialSemantics,
      holders: info.holders,
      references: info.references,
      description: info.description,
    }
  })
}

function modeOf(access: number): AccessMode {
  return access === READABLE ? 'ReadOnly' : access === WRITABLE ? 'WriteOnly' : 'ReadWrite'
}

function directoryOf(task: RunningTask): string | undefined {
  const open = task.workingDirectory && openObjectOf(task.workingDirectory.object)
  // One that a worker has put there is its own to answer for, which it may never do.
  const path = open?.isAway === false ? methodsOf(open, DirectoryOps)?.pathOf(open) : undefined
  return typeof path === 'string' ? path : undefined
}
