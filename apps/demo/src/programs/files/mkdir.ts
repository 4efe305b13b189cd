import { isHandleError, S_IFDIR } from '@ht/core'
import { toText } from '../../libc/byte-string.js'
import { defineCommand } from '../command.js'
import { Failure, UsageError } from '../failure.js'
import { quotedAlways, quotedArgument } from '../quote.js'
import { isOf, lookUp } from './paths.js'
import type { Task } from '@ht/kernel'

/** Makes directories (mkdir(1)). */
export const mkdir = defineCommand({
  name: 'mkdir',
  usage: '[OPTION]... DIRECTORY...',
  help: `Makes each DIRECTORY.
  -m, --mode=MODE  with these permissions, in octal digits, instead of all less umask
  -p, --parents    those on the way as well, and none that is there already
  -v, --verbose    say which were made
`,
  async run(command) {
    const { task, options, operands, out } = command
    const mode = options.value('mode')
    if (operands.length === 0) throw new UsageError('missing operand')
    if (mode !== undefined && !/^[0-7]{1,4}$/.test(mode)) throw new Failure(`invalid mode ${quotedArgument(mode)}`)
    const parents = options.has('parents')
    let good = true
    for (const path of operands) {
      // Each directory on the way, by its path, and the last one.
      const ways = parents
        ? [...path.matchAll(/[^/]+(?=\/+[^/])/g)].map(({ index, 0: name }) => path.slice(0, index + name.length))
        : []
      const make = (it: string) => {
        if (!made(task, it, parents)) return
        if (it === path && mode !== undefined) task.chmod(toText(it), parseInt(mode, 8))
        if (options.has('verbose')) out.put(`mkdir: created directory ${quotedAlways(it)}\n`)
      }
      const makeAll = () => {
        for (const way of [...ways, path]) make(way)
      }
      good = (await command.attempt(`cannot create directory ${quotedArgument(path)}`, makeAll)) && good
    }
    return good ? 0 : 1
  },
})

/** Makes a directory: whether it did, since it may have been there. */
function made(task: Task, path: string, mayExist: boolean): boolean {
  try {
    task.mkdir(toText(path), 0o777)
    return true
  } catch (error) {
    const there = mayExist && isHandleError(error) && error.code === 'EEXIST' ? lookUp(task, path) : undefined
    if (there !== undefined && isOf(there, S_IFDIR)) return false
    throw error
  }
}
