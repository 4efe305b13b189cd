import { HandleError } from '@ht/core'
import { checkInteger } from '../check.js'
import { EACCES, EINVAL, EPERM, ESRCH } from '../errno.js'
import type { RunningTask, TaskHost } from './task.js'

/** The tasks of a process group, those included that have ended and were not waited for. */
export function membersOf({ byId }: TaskHost, group: number | undefined): RunningTask[] {
  return [...byId.values()].filter((task) => task.processGroup === group)
}

/** The process group that a new task asks for. @throws EINVAL if it cannot be the number of one; EPERM when there is no such group */
export function checkGroup(kernel: TaskHost, group: number | undefined): number | undefined {
  if (group === undefined) return undefined
  checkInteger(group, 'options.processGroup', 0)
  if (group === 0 || membersOf(kernel, group).length > 0) return group
  throw new HandleError('EPERM', { text: `options.processGroup: there is no group ${group}` })
}

/** Moves a task, or a child of it, to another process group: 0 or −errno, in the order of setpgid(2). */
export function setGroup(caller: RunningTask, id: number, group: number): number {
  const wanted = group === 0 ? id || caller.id : group
  if (wanted < 0) return -EINVAL
  const { kernel } = caller
  const task = id === 0 ? caller : kernel.byId.get(id)
  const isChild = task !== undefined && caller.children.has(task)
  if (task !== caller && !isChild) return -ESRCH
  if (isChild && !task.forked) return -EACCES
  if (wanted !== task.id && membersOf(kernel, wanted).length === 0) return -EPERM
  task.processGroup = wanted
  return 0
}
