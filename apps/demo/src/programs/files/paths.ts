import { isHandleError, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK, S_IFBLK, type Stat } from '@ht/core'
import { fromText, toText } from '../../libc/byte-string.js'
import { strerror } from '../../libc/strerror.js'
import { Failure, UsageError } from '../failure.js'
import { quotedAlways } from '../quote.js'
import type { Task } from '@ht/kernel'
import type { Command } from '../command.js'

/** Whether a file is of a type, one of S_IF…. */
export function isOf({ mode }: Pick<Stat, 'mode'>, type: number): boolean {
  return (mode & S_IFMT) === type
}

/** The file of a path; undefined if there is none. @throws what else stat(2) or lstat(2) gives */
export function lookUp(task: Task, path: string, follow = true): Stat | undefined {
  try {
    return follow ? task.stat(toText(path)) : task.lstat(toText(path))
  } catch (error) {
    if (isHandleError(error) && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Which file it is, in all trees. */
export function idOf({ dev, ino }: Pick<Stat, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`
}

/** Whether a path leads to a file, by symbolic links too. */
export function leadsTo(task: Task, path: string, file: Stat): boolean {
  try {
    return idOf(task.stat(toText(path))) === idOf(file)
  } catch {
    return false
  }
}

/** The path of a name in a directory. */
export function within(directory: string, name: string): string {
  return directory.endsWith('/') || name === '' ? directory + name : `${directory}/${name}`
}

/** The last name of a path, without slashes behind it; none of the root. */
export function baseName(path: string): string {
  return /([^/]*)\/*$/.exec(path)![1]!
}

/** The names in a directory. @throws what reading it gives */
export function namesIn(task: Task, path: string): string[] {
  return task
    .readdir(toText(path))
    .map(({ name }) => fromText(name))
    .filter((name) => name !== '.' && name !== '..')
}

/** What a file is called in questions. */
export function typeName(stat: Stat): string {
  if (isOf(stat, S_IFREG)) return stat.size === 0 ? 'regular empty file' : 'regular file'
  return TYPE_NAMES[stat.mode & S_IFMT] ?? 'character special file'
}

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [S_IFDIR]: 'directory',
  [S_IFLNK]: 'symbolic link',
  [S_IFIFO]: 'fifo',
  [S_IFSOCK]: 'socket',
  [S_IFBLK]: 'block special file',
}

/**
 * Each source among operands, and the path it is to get: `SOURCE DEST`, or `SOURCE... DIRECTORY`. `follow` says whether
 * a symbolic link to a directory is one.
 *
 * @throws Failure
 */
export function targetsOf({ task, operands }: Command, follow = true): (readonly [source: string, target: string])[] {
  const [first, second, third] = operands
  if (first === undefined) throw new UsageError('missing file operand')
  if (second === undefined) throw new UsageError(`missing destination file operand after ${quotedAlways(first)}`)
  const last = operands.at(-1)!
  const why = whyNotDirectory(task, last, follow)
  if (why === undefined) return operands.slice(0, -1).map((source) => [source, inside(last, source)])
  if (third !== undefined) throw new Failure(`target ${quotedAlways(last)}: ${why}`)
  return [[first, second]]
}

/** The path that a source gets in a directory. What `..` is copied to is the directory itself. */
export function inside(directory: string, source: string): string {
  const name = baseName(source)
  return within(directory, name === '..' ? '.' : name)
}

function whyNotDirectory(task: Task, path: string, follow: boolean): string | undefined {
  try {
    const stat = follow ? task.stat(toText(path)) : task.lstat(toText(path))
    return isOf(stat, S_IFDIR) ? undefined : 'Not a directory'
  } catch (error) {
    if (!isHandleError(error)) throw error
    return strerror(error)
  }
}
