import { isHandleError, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK, S_IFBLK, type DirectoryEntry, type Stat } from '@ht/core'
import { fromText, toText } from '../../libc/byte-string.js'
import type { Task } from '@ht/kernel'

/** Whether a file is of a type, one of S_IF…. */
export function isOf({ mode }: Pick<Stat, 'mode'>, type: number): boolean {
  return (mode & S_IFMT) === type
}

/** What a path names; undefined if there is nothing. @throws what else stat(2) or lstat(2) gives */
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

/** Whether a symbolic link leads to a file. */
export function leadsTo(task: Task, path: string, link: Stat, file: Stat): boolean {
  if (!isOf(link, S_IFLNK)) return false
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

/** What is in a directory. @throws what reading it gives */
export function entriesIn(task: Task, path: string): DirectoryEntry[] {
  return task.readdir(toText(path)).filter(({ name }) => name !== '.' && name !== '..')
}

/** The names in a directory. @throws what reading it gives */
export function namesIn(task: Task, path: string): string[] {
  return entriesIn(task, path).map(({ name }) => fromText(name))
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
