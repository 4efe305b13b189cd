import { isHandleError, S_IFDIR } from '@ht/core'
import { toText } from '../../libc/byte-string.js'
import { quotedAlways } from '../quote.js'
import { baseName, idOf, isOf, namesIn, typeName, within } from './paths.js'
import type { Stat } from '@ht/core'
import type { Run } from '../command.js'

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
export async function remove(command: Run, path: string, manner: RemoveManner): Promise<boolean> {
  const { task } = command
  let stat
  try {
    stat = task.lstat(toText(path))
  } catch (error) {
    return failed(command, path, manner, error)
  }
  if (!isOf(stat, S_IFDIR)) return removeName(command, path, stat, manner, false)
  const refusal = refusalOf(command, path, stat, manner)
  if (refusal !== undefined) {
    await command.complain(refusal)
    return false
  }
  return removeDirectory(command, path, stat, manner)
}

/** Why a directory must not be removed. */
function refusalOf({ task }: Run, path: string, stat: Stat, { recursive, empty }: RemoveManner): string | undefined {
  if (!recursive && !(empty && namesIn(task, path).length === 0)) {
    return `cannot remove ${quotedAlways(path)}: ${empty ? 'Directory not empty' : 'Is a directory'}`
  }
  if (/^\.\.?$/.test(baseName(path))) return `refusing to remove '.' or '..' directory: skipping ${quotedAlways(path)}`
  if (!recursive || idOf(stat) !== idOf(task.stat('/'))) return undefined
  const same = path === '/' ? '' : ` (same as '/')`
  return `it is dangerous to operate recursively on ${quotedAlways(path)}${same}\nrm: use --no-preserve-root to override this failsafe`
}

async function removeDirectory(command: Run, path: string, stat: Stat, manner: RemoveManner): Promise<boolean> {
  const { task } = command
  let names: string[]
  try {
    names = namesIn(task, path)
  } catch (error) {
    return failed(command, path, manner, error)
  }
  if (manner.ask && names.length > 0 && !(await command.agrees(`descend into directory ${quotedAlways(path)}`))) return true
  let good = true
  for (const name of names) {
    const child = within(path, name)
    let found
    try {
      found = task.lstat(toText(child))
    } catch (error) {
      good = (await failed(command, child, manner, error)) && good
      continue
    }
    const removing = isOf(found, S_IFDIR) ? removeDirectory(command, child, found, manner) : removeName(command, child, found, manner, false)
    good = (await removing) && good
  }
  if (command.out.isFull) await command.out.flush()
  // What is left in it has been reported.
  return good && removeName(command, path, stat, manner, true)
}

async function removeName(command: Run, path: string, stat: Stat, manner: RemoveManner, isDirectory: boolean): Promise<boolean> {
  if (manner.ask && !(await command.agrees(`remove ${typeName(stat)} ${quotedAlways(path)}`))) return true
  try {
    if (isDirectory) command.task.rmdir(toText(path))
    else command.task.unlink(toText(path))
  } catch (error) {
    return failed(command, path, manner, error)
  }
  if (manner.verbose) command.out.put(`removed ${isDirectory ? 'directory ' : ''}${quotedAlways(path)}\n`)
  return true
}

async function failed(command: Run, path: string, { force }: RemoveManner, error: unknown): Promise<boolean> {
  if (force && isHandleError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return true
  await command.complain(`cannot remove ${quotedAlways(path)}: ${command.why(error)}`)
  return false
}
