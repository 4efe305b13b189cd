import { sendSignal, type Signal } from '../task/signals.js'
import { unshareTable } from '../task/tables.js'
import { tableOf } from './lookup.js'
import type { Family } from './forms.js'

/** Other tasks, and sharing with them. */
export interface TaskCalls {
  /**
   * Sends a signal to a task, itself included (kill(2)); 0 only asks whether there is such a task. One that has
   * ended and was not waited for is there, and takes none.
   *
   * @throws EINVAL for what is no signal; ESRCH when there is no such task
   */
  kill(task: number, signal: Signal): void
  /** Leaves a table that is shared for a copy of it; a table of its own stays as it is (unshare(2), CLONE_FILES). */
  unshare(): void
}

export const taskCalls: Family<TaskCalls> = {
  kill(id, signal) {
    tableOf(this)
    return sendSignal(this.kernel, id, signal)
  },

  unshare() {
    tableOf(this)
    unshareTable(this)
    return 0
  },
}
