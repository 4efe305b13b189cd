import { fromText } from '../libc/byte-string.js'
import { strerror } from '../libc/strerror.js'
import { defineCommand } from './command.js'
import { Failure } from './failure.js'
import type { Task } from '@ht/kernel'

/** Prints the working directory (pwd(1)). */
export const pwd = defineCommand({
  name: 'pwd',
  usage: '[OPTION]...',
  help: `Prints the path of the working directory.
  -L, --logical   use PWD from the environment, even if it contains symbolic links
  -P, --physical  avoid all symbolic links; this is the default
`,
  run({ task, options, out }) {
    const { PWD = '' } = task.env
    const path = options.last('logical', 'physical') === 'logical' && isHere(task, PWD) ? PWD : task.getcwdErrno()
    if (typeof path === 'number') throw new Failure(`cannot find the working directory: ${strerror(path)}`)
    out.put(`${fromText(path)}\n`)
    return 0
  },
})

/** Whether a path is an absolute one without `.` and `..` of the working directory. */
function isHere(task: Task, path: string): boolean {
  if (!path.startsWith('/') || /\/\.\.?(\/|$)/.test(path)) return false
  try {
    const [named, here] = [task.stat(path), task.stat('.')]
    return named.dev === here.dev && named.ino === here.ino
  } catch {
    return false
  }
}
