import { defineKind, IN, openObjectOf, untilAnswered, type WaitOptions } from '@ht/core'
import { EAGAIN, ECHILD } from '../errno.js'
import { version } from '../version.js'
import type { Exit } from './program.js'
import type { RunningTask } from './task.js'

/** What a task waits on for its children, so that it waits as every other call does. It has no handles. */
const childrenKind = defineKind<RunningTask>({
  name: 'ht:children',
  package: '@ht/kernel',
  version,
  ready: { now: () => IN, changes: ({ state }) => state.childEnded },
})

/** Whether there is a child to reap: 0, −EAGAIN while none has ended, −ECHILD when there is none. */
export function peek(task: RunningTask, child: number | undefined): number {
  const candidates = [...task.children].filter(({ id }) => child === undefined || id === child)
  if (candidates.length === 0) return -ECHILD
  return candidates.some(({ ended }) => ended !== undefined) ? 0 : -EAGAIN
}

/** Reaps a child that has ended: how it ended, −EAGAIN while none has, −ECHILD when there is none (waitpid(2)). */
export function reap(task: RunningTask, child: number | undefined): Exit | number {
  let found = false
  for (const candidate of task.children) {
    if (child !== undefined && candidate.id !== child) continue
    found = true
    if (candidate.ended === undefined) continue
    task.children.delete(candidate)
    task.kernel.forget(candidate)
    return candidate.ended
  }
  return found ? -EAGAIN : -ECHILD
}

/** {@link reap}, waiting until a child has ended: how it ended, or −ECHILD. */
export async function reapLater(task: RunningTask, child: number | undefined, options: WaitOptions): Promise<Exit | number> {
  let reaped: Exit | number = -ECHILD
  const attempt = () => {
    reaped = reap(task, child)
    return typeof reaped === 'number' ? reaped : 0
  }
  const children = childrenKind.open(task)
  try {
    await untilAnswered(openObjectOf(children), attempt, options, 'wait', true)
  } finally {
    children.release()
  }
  return reaped
}
