import { isHandleError, S_IFDIR } from '@ht/core'
import { toText } from '../../libc/byte-string.js'
import { Failure, UsageError } from '../failure.js'
import { quotedAlways } from '../quote.js'
import { strerror } from '../../libc/strerror.js'
import { baseName, isOf, within } from './paths.js'
import type { Run } from '../command.js'

/** What says where files are to go. */
export interface TargetOptions {
  /** The argument of `--target-directory`. */
  readonly into?: string | undefined
  /** Whether the last operand is no directory to put something into (`--no-target-directory`). */
  readonly exact?: boolean
  /** Whether a symbolic link to a directory is one. Defaults to true. */
  readonly follow?: boolean
  /** Whether they are links, of which a single one goes to the working directory, and messages are others. */
  readonly links?: boolean
}

/** The options that {@link targetsOf} needs. */
export const TARGET_OPTIONS = { 'target-directory': 't:', 'no-target-directory': 'T' } as const
export const TARGET_HELP = `  -t, --target-directory=DIR  put all of them into DIR
  -T, --no-target-directory   the last operand is not a directory to put them into
`

/** Each source among the operands, and the path it is to get: `SOURCE DEST`, `SOURCE... DIRECTORY`. */
export function targetsOf({ task, operands }: Pick<Run, 'task' | 'operands'>, options: TargetOptions): (readonly [source: string, target: string])[] {
  const { into, exact = false, follow = true, links = false } = options
  const [first, second, third] = operands
  if (first === undefined) throw new UsageError('missing file operand')
  if (exact && into !== undefined) throw new Failure(`cannot combine --target-directory${links ? '' : ' (-t)'} and --no-target-directory${links ? '' : ' (-T)'}`)
  if (into !== undefined) {
    const why = notDirectory(true)(into)
    const isThere = why === 'Not a directory'
    if (why !== undefined && !links) throw new Failure(`target directory ${quotedAlways(into)}: ${why}`)
    if (why !== undefined) throw new Failure(isThere ? `target ${quotedAlways(into)} is not a directory` : `failed to access ${quotedAlways(into)}: ${why}`)
    return operands.map((source) => [source, inside(into, source)])
  }
  if (second === undefined) {
    if (links && !exact) return [[first, inside('.', first)]]
    throw new UsageError(`missing destination file operand after ${quotedAlways(first)}`)
  }
  if (exact && third !== undefined) throw new UsageError(`extra operand ${quotedAlways(third)}`)
  const last = operands.at(-1)!
  const why = exact ? 'exact' : notDirectory(follow)(last)
  if (why === undefined) return operands.slice(0, -1).map((source) => [source, inside(last, source)])
  if (third !== undefined) throw new Failure(`target ${quotedAlways(last)}: ${why}`)
  return [[first, second]]

  function notDirectory(follows: boolean): (path: string) => string | undefined {
    return (path) => {
      try {
        const stat = follows ? task.stat(toText(path)) : task.lstat(toText(path))
        return isOf(stat, S_IFDIR) ? undefined : 'Not a directory'
      } catch (error) {
        if (!isHandleError(error)) throw error
        return strerror(error)
      }
    }
  }
}

/** What `..` is copied to is the directory itself. */
function inside(directory: string, source: string): string {
  const name = baseName(source)
  return within(directory, name === '..' ? '.' : name)
}
