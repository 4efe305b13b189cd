import { CLOSE_RANGE_UNSHARE } from '@ht/kernel'
import { O_CREAT, O_EXCL, O_RDWR } from '@ht/core'
import type { WorkerTask } from '@ht/kernel/worker'

/* What a task asks of the kernel's thread, by the name of the task. What it comes to is its output. */
const here = new URL(import.meta.url)
const say = (task: WorkerTask, text: string) => task.writeSync(1, new TextEncoder().encode(text))
const options = { name: 'child', args: ['7'], worker: true }

const programs: Record<string, (task: WorkerTask) => unknown> = {
  child: (task) => Number(task.args[0]),

  spawn: async (task) => {
    say(task, String((await task.spawn(here, options).wait()).status))
  },

  fork: async (task) => {
    say(task, String((await task.fork(here, options).wait()).status))
  },

  clone: async (task) => {
    say(task, String((await task.clone(here, { ...options, files: true }).wait()).status))
  },

  /** With a table that it shares, which it leaves. */
  exec: (task) => {
    task.table.clone()
    return task.exec(here, { name: 'executed' })
  },

  executed: (task) => {
    say(task, '7')
  },

  closeRange: (task) => {
    task.table.clone()
    task.closeRange(50, 60, CLOSE_RANGE_UNSHARE)
    say(task, task.table.isSoleOwner() ? '7' : 'shared')
  },

  open: (task) => {
    task.close(task.open('/new', O_CREAT | O_EXCL | O_RDWR))
    say(task, '7')
  },

  /** The kernel's thread makes it. */
  pipe2: (task) => {
    for (const handle of task.pipe2()) task.close(handle)
    say(task, '7')
  },

  /** It answers what does not fit where the request stood. */
  lsof: (task) => {
    say(task, task.kernel.lsof().length === 1 ? '7' : 'other tasks')
  },
}

export default (task: WorkerTask): unknown => programs[task.name]!(task)
