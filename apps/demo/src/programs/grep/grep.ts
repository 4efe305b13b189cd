import { S_IFDIR, S_IFMT, S_IFREG, type Stat } from '@ht/core'
import { fromText, toText } from '../../libc/byte-string.js'
import { defineCommand, type Command } from '../command.js'
import { Failure, UsageError } from '../failure.js'
import { RegexError } from '../regex/regex-error.js'
import { HELP, OPTIONS, readSettings, type Settings } from './options.js'
import { matcherOf } from './patterns.js'
import { Search } from './search.js'
import type { Input } from '../input.js'

const USAGE = '[OPTION]... PATTERNS [FILE]...'

/** Writes the lines in which a pattern is (grep(1)). */
export const grep = defineCommand({
  name: 'grep',
  usage: USAGE,
  help: HELP,
  options: OPTIONS,
  trouble: 2,
  usageHint: `Usage: grep ${USAGE}\n`,
  async run(command) {
    const settings = readSettings(command)
    let files = command.operands
    if (settings.sources.length === 0) {
      const [pattern, ...rest] = files
      if (pattern === undefined) throw new UsageError('')
      settings.sources.push({ kind: 'regexp', value: pattern })
      files = rest
    }
    try {
      const matcher = await matcherOf(command, settings)
      if (matcher === undefined) return 1
      return await new Run(command, settings, new Search(command, settings, matcher)).files(files)
    } catch (error) {
      // A pattern that is nested too deep, or cannot be followed without a deep stack.
      if (error instanceof RangeError) throw new Failure('stack overflow')
      throw error instanceof RegexError ? new Failure(error.message) : error
    }
  },
})

/** Goes through files, and says how it went. */
class Run {
  readonly #command: Command<typeof OPTIONS>
  readonly #settings: Settings
  readonly #search: Search
  #selected = false
  #troubled = false
  #output: Stat | undefined

  constructor(command: Command<typeof OPTIONS>, settings: Settings, search: Search) {
    this.#command = command
    this.#settings = settings
    this.#search = search
    try {
      this.#output = command.task.fstat(1)
    } catch {
      // It is closed, and there is nothing that could be read from it.
    }
  }

  async files(files: readonly string[]): Promise<number> {
    const { names, recursive, output } = this.#settings
    const isRecursive = recursive !== 'no'
    const paths = files.length > 0 ? files : [isRecursive ? '.' : '-']
    const withNames = names ?? (files.length > 1 || isRecursive)
    for (const path of paths) {
      // A single file below nothing but itself has no name in front either.
      const alone = names === undefined && files.length === 1 && isRecursive && !this.#isDirectory(path)
      await this.#path(path, withNames && !alone, files.length === 0 ? '' : path)
      if (output === 'nothing' && this.#selected) return 0
    }
    return this.#troubled ? 2 : this.#selected ? 0 : 1
  }

  async #path(path: string, withNames: boolean, shown: string): Promise<void> {
    if (this.#settings.recursive !== 'no' && path !== '-' && this.#isDirectory(path)) {
      for (const name of this.#namesIn(path)) {
        const below = shown === '' ? name : `${shown.replace(/\/+$/, '')}/${name}`
        if (this.#isSearchedBelow(below)) await this.#path(below, withNames, below)
        if (this.#settings.output === 'nothing' && this.#selected) return
      }
      return
    }
    try {
      const input = this.#command.open(path)
      try {
        if (this.#isOutput(input)) {
          await this.#trouble(`${this.#nameOf(path)}: input file is also the output`)
          return
        }
        if ((await this.#search.run(input, path, withNames)) > 0) this.#selected = true
      } finally {
        input.close()
      }
    } catch (error) {
      await this.#trouble(`${this.#nameOf(path)}: ${this.#command.why(error)}`)
    }
  }

  async #trouble(message: string): Promise<void> {
    this.#troubled = true
    if (!this.#settings.silent) await this.#command.complain(message)
  }

  #nameOf(path: string): string {
    return path === '-' ? this.#settings.label : path
  }

  /** Whether lines are written to the very file that they are read from, which might never end. */
  #isOutput({ handle }: Input): boolean {
    const { output, most } = this.#settings
    if (this.#output === undefined || (this.#output.mode & S_IFMT) !== S_IFREG || most <= 1) return false
    if (output !== 'lines' && output !== 'matches') return false
    const { task } = this.#command
    const file = task.fstat(handle)
    return file.dev === this.#output.dev && file.ino === this.#output.ino
  }

  #isDirectory(path: string): boolean {
    try {
      return (this.#command.task.stat(toText(path)).mode & S_IFMT) === S_IFDIR
    } catch {
      return false
    }
  }

  /** Links that are come to are followed by -R alone; what is no file is passed over. */
  #isSearchedBelow(path: string): boolean {
    try {
      const { task } = this.#command
      const { mode } = this.#settings.recursive === 'links' ? task.stat(toText(path)) : task.lstat(toText(path))
      return (mode & S_IFMT) === S_IFREG || (mode & S_IFMT) === S_IFDIR
    } catch {
      // Opening it is going to say why.
      return true
    }
  }

  #namesIn(path: string): string[] {
    return this.#command.task
      .readdir(toText(path))
      .map(({ name }) => fromText(name))
      .filter((name) => name !== '.' && name !== '..')
  }
}
