import { isHandleError, S_IFDIR } from '@ht/core'
import { toText } from '../../libc/byte-string.js'
import { defineCommand, type Run } from '../command.js'
import { Failure, UsageError } from '../failure.js'
import { quotedAlways, quotedArgument } from '../quote.js'
import { strerror } from '../../libc/strerror.js'
import { parseMode, type Mode } from './mode.js'
import { isOf, lookUp } from './paths.js'

/** Makes directories (mkdir(1)). */
export const mkdir = defineCommand({
  name: 'mkdir',
  usage: '[OPTION]... DIRECTORY...',
  help: `Makes each DIRECTORY.
  -m, --mode=MODE  with permissions as chmod(1) has them, instead of all less umask
  -p, --parents    those on the way as well, and none that is there already
  -v, --verbose    say which were made
`,
  options: { mode: 'm:', parents: 'p', verbose: 'v' },
  async run(command) {
    let [mode, parents, verbose]: [string | undefined, boolean, boolean] = [undefined, false, false]
    for (const { name, value } of command.options) {
      if (name === 'mode') mode = value
      else if (name === 'parents') parents = true
      else verbose = true
    }
    if (command.operands.length === 0) throw new UsageError('missing operand')
    const change = mode === undefined ? undefined : parseMode(mode)
    if (mode !== undefined && change === undefined) throw new Failure(`invalid mode ${quotedArgument(mode)}`)
    let good = true
    for (const path of command.operands) {
      // Each directory on the way, by its path.
      const ways = parents ? [...path.matchAll(/[^/]+/g)].slice(0, -1).map(({ index, 0: name }) => path.slice(0, index + name.length)) : []
      const made = (it: string) => {
        if (verbose) command.out.put(`mkdir: created directory ${quotedAlways(it)}\n`)
      }
      const why = ways.map((way) => passed(command.task, way, made)).find((it) => it !== undefined)
      if (why !== undefined) {
        await command.complain(why)
        good = false
        continue
      }
      const what = `cannot create directory ${quotedArgument(path)}`
      good = (await command.attempt(what, () => {
        if (make(command.task, path, change, parents)) made(path)
      })) && good
    }
    return good ? 0 : 1
  },
})

/** Makes a directory on the way, which its owner can enter, if it is not there: why that failed. */
function passed(task: Run['task'], path: string, made: (path: string) => void): string | undefined {
  try {
    if (make(task, path, undefined, true)) {
      made(path)
      const { mode } = task.stat(toText(path))
      if ((mode & 0o300) !== 0o300) task.chmod(toText(path), (mode & 0o7777) | 0o300)
    }
    return undefined
  } catch (error) {
    if (!isHandleError(error)) throw error
    const isFile = error.code === 'EEXIST' && lookUp(task, path) !== undefined
    return `cannot create directory ${quotedArgument(path)}: ${isFile ? 'Not a directory' : strerror(error)}`
  }
}

/** Makes a directory: whether it did, since it may have been there. */
function make(task: Run['task'], path: string, change: Mode | undefined, mayExist: boolean): boolean {
  const umask = task.umask(0)
  task.umask(umask)
  try {
    task.mkdir(toText(path), 0o777)
  } catch (error) {
    const isThere = mayExist && isHandleError(error) && error.code === 'EEXIST' && isDirectory(task, path)
    if (isThere) return false
    throw error
  }
  if (change !== undefined) task.chmod(toText(path), change(umask))
  return true
}

function isDirectory(task: Run['task'], path: string): boolean {
  const stat = lookUp(task, path)
  return stat !== undefined && isOf(stat, S_IFDIR)
}
