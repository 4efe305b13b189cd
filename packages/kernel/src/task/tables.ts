import type { HandleTable } from '@ht/core'
import type { RunningTask } from './task.js'

/** Gives a task a table of its own if it shares one (unshare(2), CLONE_FILES). @throws what a kind's hook throws; then nothing has changed */
export function unshareTable(task: RunningTask): void {
  if (task.table.isSoleOwner()) return
  const shared = task.table
  const copy = shared.deepClone()
  try {
    task.table = task.kernel.adopt?.(copy) ?? copy
  } catch (error) {
    disposeQuietly(copy)
    throw error
  }
  task.tableId = task.kernel.nextTableId()
  // It has another owner too, so nothing is closed.
  shared.dispose()
}

/** Ends an owner of a table. Everything is closed then; errors of closing are dropped when a task ends. */
export function disposeQuietly(table: HandleTable): void {
  try {
    table.dispose()
  } catch {
    // As said.
  }
}
