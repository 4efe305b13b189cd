import { S_IFLNK, S_IFMT } from '@ht/core'
import { fromText, toText } from '../../libc/byte-string.js'
import { defineCommand, type Command } from '../command.js'
import { quoted, quotedAlways } from '../quote.js'
import { formatList, totalOf, type Owners } from './columns.js'
import { inColumns } from './layout.js'
import { inOrder, isDirectory, type Entry } from './entry.js'
import { HELP, OPTIONS, readSettings, type Settings } from './options.js'
import { readOwners } from './owners.js'

/** Lists files and directories, in columns on a terminal (ls(1)). */
export const ls = defineCommand({
  name: 'ls',
  usage: '[OPTION]... [FILE]...',
  help: HELP,
  options: OPTIONS,
  trouble: 2,
  async run(command) {
    const settings = readSettings(command)
    return new Listing(command, settings).run(command.operands)
  },
})

class Listing {
  readonly #command: Command<typeof OPTIONS>
  readonly #settings: Settings
  readonly #owners: Owners
  #status = 0
  /** Whether something was written, so that an empty line comes in front of what follows. */
  #any = false

  constructor(command: Command<typeof OPTIONS>, settings: Settings) {
    this.#command = command
    this.#settings = settings
    this.#owners =
      settings.long && !settings.numeric ? readOwners(command.task) : { users: new Map(), groups: new Map() }
  }

  async run(operands: readonly string[]): Promise<number> {
    const paths = operands.length > 0 ? operands : ['.']
    const entries: Entry[] = []
    for (const path of paths) {
      const entry = await this.#entry(path, path, true)
      if (entry !== undefined) entries.push(entry)
    }
    const isListed = (entry: Entry) => !this.#settings.directories && isDirectory(entry)
    const sorted = inOrder(entries, this.#settings)
    this.#write(
      sorted.filter((entry) => !isListed(entry)),
      sorted,
    )
    const directories = sorted.filter(isListed)
    const withNames = paths.length > 1 || this.#settings.recursive
    for (const { name } of directories) await this.#directory(name, withNames, 2)
    return this.#status
  }

  /** Whether a link that is named itself stands for the directory that it leads to. */
  #followsOperands(): boolean {
    const { directories, signs, long } = this.#settings
    return !directories && signs !== 'all' && !long
  }

  async #directory(path: string, withName: boolean, trouble: number): Promise<void> {
    const { task, out } = this.#command
    let names
    try {
      names = task.readdir(toText(path)).map(({ name }) => fromText(name))
    } catch (error) {
      return this.#fail(`cannot open directory ${quotedAlways(path)}`, error, trouble)
    }
    if (withName) out.put(`${this.#any ? '\n' : ''}${this.#settings.quoting === 'quoted' ? (path.includes(':') ? quotedAlways(path) : quoted(path)) : path}:\n`)
    this.#any = true
    const entries: Entry[] = []
    for (const name of names) {
      if (!this.#isShown(name)) continue
      const entry = await this.#entry(name, below(path, name), false)
      if (entry !== undefined) entries.push(entry)
    }
    const sorted = inOrder(entries, this.#settings)
    if (this.#settings.long || this.#settings.size) out.put(`total ${totalOf(sorted, this.#settings)}\n`)
    this.#write(sorted)
    if (out.isFull) await out.flush()
    if (!this.#settings.recursive) return
    for (const entry of sorted) {
      if (isDirectory(entry) && entry.name !== '.' && entry.name !== '..')
        await this.#directory(below(path, entry.name), true, 1)
    }
  }

  #isShown(name: string): boolean {
    const { hidden } = this.#settings
    if (hidden === 'all' || !name.startsWith('.')) return true
    return hidden === 'but-dots' && name !== '.' && name !== '..'
  }

  #write(entries: readonly Entry[], whole = entries): void {
    if (entries.length === 0) return
    const list = formatList(entries, whole, this.#settings, this.#owners)
    const isList = this.#settings.long || this.#settings.layout === 'lines'
    for (const line of isList ? list : inColumns(list, this.#settings)) this.#command.out.put(`${line}\n`)
    this.#any = true
  }

  /** What is known of a name; undefined where that was reported. */
  async #entry(name: string, path: string, isOperand: boolean): Promise<Entry | undefined> {
    const { task } = this.#command
    const { follow, long } = this.#settings
    try {
      if (follow) {
        // In a directory, of a link that leads nowhere there is still itself.
        const target = isOperand ? task.stat(toText(path)) : lookUp(() => task.stat(toText(path)))
        if (target !== undefined) return { name, stat: target }
      }
      const stat = task.lstat(toText(path))
      if ((stat.mode & S_IFMT) !== S_IFLNK) return { name, stat }
      const target = lookUp(() => task.stat(toText(path)))
      if (isOperand && this.#followsOperands() && target !== undefined && isDirectory({ stat: target }))
        return { name, stat: target }
      return { name, stat, link: { target: long ? fromText(task.readlink(toText(path))) : '', stat: target } }
    } catch (error) {
      await this.#fail(`cannot access ${quotedAlways(path)}`, error, isOperand ? 2 : 1)
      return undefined
    }
  }

  async #fail(what: string, error: unknown, trouble: number): Promise<void> {
    await this.#command.complain(`${what}: ${this.#command.why(error)}`)
    this.#status = Math.max(this.#status, trouble)
  }
}

function lookUp<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}

function below(path: string, name: string): string {
  return path.endsWith('/') ? path + name : `${path}/${name}`
}
