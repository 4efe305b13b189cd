import { fromText } from '../libc/byte-string.js'
import { defineCommand, type Command } from './command.js'
import { Failure } from './failure.js'
import { strerror } from '../libc/strerror.js'

/** Prints the working directory (pwd(1)). */
export const pwd = defineCommand({
  name: 'pwd',
  usage: '[OPTION]...',
  help: `Prints the path of the working directory.
  -L, --logical   use PWD from the environment, even if it contains symbolic links
  -P, --physical  avoid all symbolic links; this is the default
`,
  options: { logical: 'L', physical: 'P' },
  async run(command) {
    const { task, out } = command
    let logical = false
    for (const { name } of command.options) logical = name === 'logical'
    if (command.operands.length > 0) await command.complain('ignoring non-option arguments')
    out.put(`${(logical ? fromEnvironment(command) : undefined) ?? physical(task)}\n`)
    return 0
  },
})

function physical(task: Command['task']): string {
  try {
    return fromText(task.getcwd())
  } catch (error) {
    throw new Failure(`couldn't find directory entry in '..' with matching i-node: ${strerror(error)}`)
  }
}

/** What PWD says, if it is an absolute path without `.` and `..` of the working directory. */
function fromEnvironment({ task }: Pick<Command, 'task'>): string | undefined {
  const { PWD } = task.env
  if (PWD === undefined || !PWD.startsWith('/') || /\/\.\.?(\/|$)/.test(PWD)) return undefined
  try {
    const [named, here] = [task.stat(PWD), task.stat('.')]
    return named.dev === here.dev && named.ino === here.ino ? fromText(PWD) : undefined
  } catch {
    return undefined
  }
}
