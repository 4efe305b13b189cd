import { checkInteger } from '../check.js'
import { setGroup } from '../task/groups.js'
import { sendSignal, type Signal } from '../task/signals.js'
import { unshareTable } from '../task/tables.js'
import { tableOf } from './lookup.js'
import type { Family } from './forms.js'

/** Other tasks, and sharing with them. */
export interface TaskCalls {
  /**
   * Sends a signal to a task, itself included (kill(2)); with −group to all tasks of a process group, with 0 to those
   * of its own, with −1 to all but itself. Signal 0 only asks whether there is such a task. One that has ended and was
   * not waited for is there, and takes none.
   *
   * @throws ESRCH when there is no such task; EINVAL for an unknown signal
   */
  kill(task: number, signal: Signal): void
  /**
   * Moves a task to a process group, `task` and `group` by their numbers: itself, or a child that it has forked and
   * that was not executed with another program since (setpgid(2)). 0 is the caller, and as group the task's number,
   * with which it makes a group of its own.
   *
   * @throws EINVAL for a group below 0; ESRCH for another task; EACCES for a child that was spawned, or has called
   *   exec; EPERM when there is no such group
   */
  setpgid(task: number, group: number): void
  /** Leaves a table that is shared for a copy of it; a table of its own stays as it is (unshare(2), CLONE_FILES). */
  unshare(): void
}

export const taskCalls: Family<TaskCalls> = {
  kill(id, signal) {
    tableOf(this)
    return sendSignal(this.kernel, id, signal, this)
  },

  setpgid(id, group) {
    tableOf(this)
    checkInteger(id, 'task')
    checkInteger(group, 'group')
    return setGroup(this, id, group)
  },

  unshare() {
    tableOf(this)
    unshareTable(this)
    return 0
  },
}
