import { isHandleError, S_IFDIR } from '@ht/core'
import { toText } from '../../libc/byte-string.js'
import { defineCommand, type Run } from '../command.js'
import { UsageError } from '../failure.js'
import { quotedAlways } from '../quote.js'
import { isOf, lookUp } from './paths.js'

/** Removes empty directories (rmdir(1)). */
export const rmdir = defineCommand({
  name: 'rmdir',
  usage: '[OPTION]... DIRECTORY...',
  help: `Removes each DIRECTORY, if it is empty.
      --ignore-fail-on-non-empty  pass over those that are not, in silence
  -p, --parents  and those above that its path names, which are empty then
  -v, --verbose  say which are removed
`,
  options: { 'ignore-fail-on-non-empty': '', parents: 'p', verbose: 'v' },
  async run(command) {
    const asked = new Set<string>()
    for (const { name } of command.options) asked.add(name)
    if (command.operands.length === 0) throw new UsageError('missing operand')
    let good = true
    for (const path of command.operands) {
      for (let at = path; at !== ''; at = asked.has('parents') ? above(at) : '') {
        const done = await remove(command, at, at !== path, asked)
        if (done === 'failed') good = false
        if (done !== 'removed') break
      }
      if (path === '') good = await remove(command, path, false, asked) === 'removed'
    }
    return good ? 0 : 1
  },
})

/** The path of the directory that a path is in; '' if it names none. */
function above(path: string): string {
  const at = path.replace(/\/+$/, '').lastIndexOf('/')
  return at < 0 ? '' : path.slice(0, at).replace(/\/+$/, '')
}

async function remove(command: Run, path: string, isAbove: boolean, asked: ReadonlySet<string>): Promise<'removed' | 'kept' | 'failed'> {
  if (asked.has('verbose')) command.out.put(`rmdir: removing directory, ${quotedAlways(path)}\n`)
  try {
    command.task.rmdir(toText(path))
    return 'removed'
  } catch (error) {
    if (asked.has('ignore-fail-on-non-empty') && isHandleError(error) && error.code === 'ENOTEMPTY') return 'kept'
    const why = leadsToDirectory(command.task, path) ? 'Symbolic link not followed' : command.why(error)
    await command.complain(`failed to remove ${isAbove ? 'directory ' : ''}${quotedAlways(path)}: ${why}`)
    return 'failed'
  }
}

/** Whether it is a symbolic link with a slash behind it, and leads to no other file than a directory. */
function leadsToDirectory(task: Run['task'], path: string): boolean {
  const plain = path.replace(/\/+$/, '')
  const link = plain === path ? undefined : task.readlinkErrno(toText(plain))
  if (typeof link !== 'string') return false
  try {
    const stat = lookUp(task, plain)
    return stat === undefined || isOf(stat, S_IFDIR)
  } catch {
    return true
  }
}
