import { S_IFDIR, S_IFLNK, S_IFMT } from '@ht/core'
import { builtins } from './builtins/index.js'
import type { Shell } from './shell.js'
import type { Task } from '@ht/kernel'

/** What may stand for the word at the end of a line, and that word: what a completer of `node:readline` gives. */
export type Completion = [candidates: string[], word: string]

/** What comes before a command: the beginning, an operator, or a word that a command follows. */
const BEFORE_COMMAND = /(?:^|[;|&(\n`]|(?:^|[\s;|&(])(?:[{!]|if|then|elif|else|while|until|do))\s*$/

/** Completes the last word of a line: a command's name where a command begins, else the path of a file. */
export function complete(shell: Pick<Shell, 'task' | 'programs'>, line: string): Completion {
  const quoted = openQuote(line)
  const word = quoted ?? /(?:\\[^]|[^\s\\;|&<>()'"`=$])*$/.exec(line)![0]
  const before = line.slice(0, line.length - word.length)
  const name = quoted ?? word.replace(/\\([^])/g, '$1')
  const paths = pathsFrom(shell.task, name).map((path) => (quoted === undefined ? escaped(path) : path))
  if (quoted !== undefined || name.includes('/') || !BEFORE_COMMAND.test(before)) return [paths, word]
  const commands = [...new Set([...Object.keys(builtins), ...Object.keys(shell.programs)])]
  return [commands.filter((command) => command.startsWith(name)).sort(), word]
}

/** What is behind a quote that is open at the end of a line. */
function openQuote(line: string): string | undefined {
  const found = /^(?:\\[^]|'[^']*'|"(?:\\[^]|[^"\\])*"|[^\\'"])*(?:'(?<single>[^']*)|"(?<double>(?:\\[^]|[^"\\])*))$/.exec(line)
  return found?.groups?.single ?? found?.groups?.double
}

/** The paths that begin so, those of directories with a slash behind them. */
function pathsFrom(task: Task, beginning: string): string[] {
  const directory = beginning.slice(0, beginning.lastIndexOf('/') + 1)
  const name = beginning.slice(directory.length)
  const entries = task.readdirErrno(directory === '' ? '.' : directory)
  if (typeof entries === 'number') return []
  const found = entries.filter((entry) => entry.name.startsWith(name) && (name.startsWith('.') || !entry.name.startsWith('.')))
  return found
    .filter((entry) => entry.name !== '.' && entry.name !== '..')
    .map((entry) => `${directory}${entry.name}${isDirectory(task, directory + entry.name, entry.type) ? '/' : ''}`)
    .sort()
}

function isDirectory(task: Task, path: string, type: number): boolean {
  if (type !== S_IFLNK) return type === S_IFDIR
  try {
    return (task.stat(path).mode & S_IFMT) === S_IFDIR
  } catch {
    return false
  }
}

function escaped(path: string): string {
  return path.replace(/[\s\\;|&<>()'"`=$*?[\]{}!#~]/g, '\\$&')
}
