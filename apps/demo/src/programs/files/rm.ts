import { isHandleError, S_IFDIR, type Stat } from '@ht/core'
import { toText } from '../../libc/byte-string.js'
import { defineCommand, type Command } from '../command.js'
import { UsageError } from '../failure.js'
import { quotedAlways } from '../quote.js'
import { baseName, idOf, isOf, namesIn, typeName, within } from './paths.js'

/** Removes files and directories (rm(1)). */
export const rm = defineCommand({
  name: 'rm',
  usage: '[OPTION]... [FILE]...',
  help: `Removes each FILE.
  -d, --dir      directories as well, if they are empty
  -f, --force    what is not there is no error, and nothing is asked
  -i             ask before each
  -r, -R, --recursive  directories as well, with all that is in them
  -v, --verbose  say what is removed
`,
  async run(command) {
    const { options, operands } = command
    const asks = options.last('force', 'i')
    if (operands.length === 0 && asks !== 'force') throw new UsageError('missing operand')
    const manner = {
      recursive: options.has('recursive'),
      empty: options.has('dir'),
      force: asks === 'force',
      ask: asks === 'i',
      verbose: options.has('verbose'),
    }
    let good = true
    for (const path of operands) good = (await remove(command, path, manner)) && good
    return good ? 0 : 1
  },
})

/** How files are removed. */
export interface RemoveManner {
  /** Whether directories are removed with all that is in them, or if they are empty. */
  readonly recursive: boolean
  readonly empty: boolean
  /** Whether what is not there is no error. */
  readonly force: boolean
  readonly ask: boolean
  readonly verbose: boolean
}

/** Removes what a path names: whether all went well. What does not is reported. */
export async function remove(command: Command, path: string, manner: RemoveManner): Promise<boolean> {
  const { task } = command
  try {
    const stat = task.lstat(toText(path))
    if (!isOf(stat, S_IFDIR)) return await removeName(command, path, stat, manner)
    const refusal = whyKept(command, path, stat, manner)
    return await (refusal === undefined ? removeDirectory(command, path, stat, manner) : command.fail(refusal))
  } catch (error) {
    const isAbsent = isHandleError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
    if (manner.force && isAbsent) return true
    return command.fail(`cannot remove ${quotedAlways(path)}: ${command.why(error)}`)
  }
}

/** Why a directory must not be removed. */
function whyKept({ task }: Command, path: string, stat: Stat, { recursive, empty }: RemoveManner): string | undefined {
  if (!recursive && !(empty && namesIn(task, path).length === 0)) {
    return `cannot remove ${quotedAlways(path)}: ${empty ? 'Directory not empty' : 'Is a directory'}`
  }
  if (/^\.\.?$/.test(baseName(path))) return `refusing to remove '.' or '..' directory: skipping ${quotedAlways(path)}`
  const isRoot = recursive && idOf(stat) === idOf(task.stat('/'))
  return isRoot ? `it is dangerous to operate recursively on ${quotedAlways(path)}` : undefined
}

async function removeDirectory(command: Command, path: string, stat: Stat, manner: RemoveManner): Promise<boolean> {
  const names = namesIn(command.task, path)
  const asks = manner.ask && names.length > 0
  if (asks && !(await command.agrees(`descend into directory ${quotedAlways(path)}`))) return true
  let good = true
  for (const name of names) good = (await remove(command, within(path, name), manner)) && good
  if (command.out.isFull) await command.out.flush()
  // What is left in it has been reported.
  return good && removeName(command, path, stat, manner)
}

async function removeName(command: Command, path: string, stat: Stat, manner: RemoveManner): Promise<boolean> {
  if (manner.ask && !(await command.agrees(`remove ${typeName(stat)} ${quotedAlways(path)}`))) return true
  const isDirectory = isOf(stat, S_IFDIR)
  if (isDirectory) command.task.rmdir(toText(path))
  else command.task.unlink(toText(path))
  if (manner.verbose) command.out.put(`removed ${isDirectory ? 'directory ' : ''}${quotedAlways(path)}\n`)
  return true
}
