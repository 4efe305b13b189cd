import { S_IFDIR, S_IFLNK, type DirectoryEntry } from '@ht/core'
import { fromText, toText } from '../../libc/byte-string.js'
import { isPattern, literalOf, matcherOf } from './pattern.js'
import type { Task } from '@ht/kernel'
import type { Field } from './fields.js'

/**
 * The names of files that a field matches, in the order of their bytes; the field itself where there are none
 * (bash(1), Pathname Expansion). Names that cannot be looked at are left out.
 */
export function pathsOf(task: Task, { text, pattern }: Field): string[] {
  if (!isPattern(pattern)) return [text]
  // Runs of slashes stay as they are written; each belongs to the name before it.
  const names = pattern.split(/(?<=\/)(?!\/)/)
  let paths = ['']
  for (const [i, part] of names.entries()) {
    const [, name, slashes] = /^([^]*?)(\/*)$/.exec(part)!
    const isLast = i === names.length - 1
    paths = paths.flatMap((path) => extended(task, path, name!, slashes!, isLast))
  }
  return paths.length === 0 ? [text] : paths.sort()
}

/** The paths that a directory's path becomes with the next name of a pattern. */
function extended(task: Task, directory: string, name: string, slashes: string, isLast: boolean): string[] {
  if (!isPattern(name)) {
    const path = directory + literalOf(name) + slashes
    return !isLast || path === '' || exists(task, path) ? [path] : []
  }
  const matches = matcherOf(name)
  return entriesOf(task, directory).flatMap((entry) => {
    const found = fromText(entry.name)
    if (found === '.' || found === '..' || !matches(found)) return []
    const path = directory + found
    return slashes === '' || isDirectory(task, path, entry) ? [path + slashes] : []
  })
}

function entriesOf(task: Task, directory: string): DirectoryEntry[] {
  const entries = task.readdirErrno(directory === '' ? '.' : toText(directory))
  return typeof entries === 'number' ? [] : entries
}

function isDirectory(task: Task, path: string, { type }: DirectoryEntry): boolean {
  return type === S_IFDIR || (type === S_IFLNK && exists(task, `${path}/.`))
}

/** Whether there is such a name; behind a slash, such a directory. */
function exists(task: Task, path: string): boolean {
  try {
    task.lstat(toText(path))
    return true
  } catch {
    return false
  }
}
