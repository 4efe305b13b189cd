import { HandleError } from '@ht/core'
import { disposeQuietly } from './tables.js'
import { traced } from '../trace/event.js'
import type { Exit } from './program.js'
import type { Signal } from './signals.js'
import type { RunningTask } from './task.js'

/** How a task is to end. */
export interface Ending {
  readonly status: number
  readonly signal?: Signal
  readonly error?: unknown
}

/**
 * Ends a task, at once and for good (_exit(2)): its waiting calls reject, its owner of the table goes, and
 * the last owner closes everything. What its program still does finds every call failing with ESRCH.
 *
 * One that runs in a worker ends when the worker has: its table may be closed only then. If the worker cannot be ended,
 * the task ends all the same, and its table is closed whenever the worker has.
 *
 * The task stays known until its parent has waited for it; one whose parent is gone, or is the host, is
 * forgotten here. Its own children become the kernel's.
 */
export function endTask(task: RunningTask, { status, signal, error }: Ending): void {
  if (task.ended !== undefined || task.worker?.stop({ status, ...(signal !== undefined && { signal }), error }) === true) return
  const { kernel } = task
  const exit: Exit = { task: task.id, status, signal, error }
  task.ended = exit
  // The program may have left these calls alone, and then nobody would hear of their rejection.
  for (const call of task.waits) call.catch(ignore)
  task.controller.abort(endedError(task))
  if (task.worker?.keeps(task.table) !== true) disposeQuietly(task.table)
  task.workingDirectory?.leave()
  task.workingDirectory = undefined
  for (const child of task.children) {
    child.parent = 0
    if (child.ended !== undefined) kernel.forget(child)
  }
  task.children.clear()
  traced(task, 'exit', [signal ?? status], 0)
  const parent = kernel.byId.get(task.parent)
  if (parent === undefined) kernel.forget(task)
  task.settle(exit)
  parent?.childEnded.wake()
}

/** What every call of a task that has ended fails with, and what its `signal` was aborted with. */
export function endedError({ id, ended }: RunningTask): HandleError {
  const how = ended?.signal === undefined ? '' : ` by signal ${ended.signal}`
  return new HandleError('ESRCH', { text: `the task has ended${how}`, task: id })
}

export function ignore(): void {
  // For rejections that are somebody else's to look at.
}
