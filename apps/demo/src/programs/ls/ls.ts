import { S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK, type Stat } from '@ht/core'
import { fromText, toText } from '../../libc/byte-string.js'
import { columnsOf } from '../../libc/window.js'
import { defineCommand, type Command } from '../command.js'
import { Failure } from '../failure.js'
import { quoted, quotedAlways, quotedArgument } from '../quote.js'
import { inColumns } from './columns.js'
import { humanSize, longCells, readOwners, right, type Owners } from './long.js'

/** Lists files and directories, in columns on a terminal (ls(1)). */
export const ls = defineCommand({
  name: 'ls',
  usage: '[OPTION]... [FILE]...',
  help: `Lists the FILEs, and what is in those that are directories; the working directory if there are none.
  -a, --all              hidden names as well
  -A, --almost-all       the same, but . and ..
  -d, --directory        directories themselves, not what is in them
  -F, --classify         a sign behind names: one of */=@|
  -p                     a / behind names of directories
  -l                     a line with what is known of each
  -n, --numeric-uid-gid  the same with numbers of owner and group
  -h, --human-readable   sizes with a unit
  -i, --inode            the number of each inode
  -s, --size             how much room each takes, in KiB
  -L, --dereference      of links, what they lead to
  -R, --recursive        directories in directories as well
  -S                     order by size
  -t                     order by time of change
  -r, --reverse          the other way round
  -1                     one name a line
  -C                     columns from top to bottom, as on a terminal
  -x                     columns from left to right
  -w, --width=COLS       how many columns a line has
      --color[=WHEN]     (ignored)
`,
  trouble: 2,
  run: (command) => new Listing(command).run(),
})

/** A name that is listed, and what is known of it. */
interface Entry {
  readonly name: string
  readonly stat: Stat
  /** Where a symbolic link leads, and what is there, if anything is. */
  readonly link?: { readonly target: string; readonly stat: Stat | undefined }
}

class Listing {
  readonly #command: Command
  readonly #has: (name: string) => boolean
  readonly #isLong: boolean
  readonly #isOnTerminal: boolean
  readonly #layout: 'lines' | 'down' | 'across'
  readonly #width: number
  readonly #owners: Owners
  #status = 0
  /** Whether something was written, so that an empty line comes in front of what follows. */
  #any = false

  constructor(command: Command) {
    const { options, task } = command
    const columns = columnsOf(task, 1)
    const layout = options.last('l', 'numeric-uid-gid', '1', 'C', 'x')
    this.#command = command
    this.#has = (name) => options.has(name)
    this.#isOnTerminal = columns !== undefined
    // -1 changes nothing of a long list.
    const isShort = layout === 'C' || layout === 'x'
    this.#isLong = !isShort && options.last('l', 'numeric-uid-gid') !== undefined
    this.#layout = layout === 'x' ? 'across' : layout === 'C' || (layout === undefined && this.#isOnTerminal) ? 'down' : 'lines'
    const width = options.value('width') ?? String(columns || Number(task.env['COLUMNS']) || 80)
    if (!/^\d+$/.test(width)) throw new Failure(`invalid line width: ${quotedArgument(width)}`)
    this.#width = Number(width) || Infinity
    const isNamed = this.#isLong && !options.has('numeric-uid-gid')
    this.#owners = isNamed ? readOwners(task) : { users: new Map(), groups: new Map() }
  }

  async run(): Promise<number> {
    const { operands } = this.#command
    const entries: Entry[] = []
    for (const path of operands.length > 0 ? operands : ['.']) {
      const entry = await this.#entry(path, path, true)
      if (entry !== undefined) entries.push(entry)
    }
    const isListed = ({ stat }: Entry) => !this.#has('directory') && isOf(stat, S_IFDIR)
    this.#sort(entries)
    this.#write(entries.filter((entry) => !isListed(entry)))
    const withNames = operands.length > 1 || this.#has('recursive')
    for (const { name } of entries.filter(isListed)) await this.#directory(name, withNames, 2)
    return this.#status
  }

  async #directory(path: string, withName: boolean, trouble: number): Promise<void> {
    const { task, out } = this.#command
    let names
    try {
      names = task.readdir(toText(path)).map(({ name }) => fromText(name))
    } catch (error) {
      return this.#fail(`cannot open directory ${quotedAlways(path)}`, error, trouble)
    }
    if (withName) out.put(`${this.#any ? '\n' : ''}${this.#shown(path)}:\n`)
    this.#any = true
    const entries: Entry[] = []
    for (const name of names) {
      const isShown = !name.startsWith('.') || this.#has('all') || (this.#has('almost-all') && !/^\.\.?$/.test(name))
      const entry = isShown ? await this.#entry(name, below(path, name), false) : undefined
      if (entry !== undefined) entries.push(entry)
    }
    this.#sort(entries)
    if (this.#isLong || this.#has('size'))
      out.put(`total ${this.#room(entries.reduce((sum, { stat }) => sum + stat.blocks, 0))}\n`)
    this.#write(entries)
    if (out.isFull) await out.flush()
    if (!this.#has('recursive')) return
    for (const { name, stat } of entries) {
      if (isOf(stat, S_IFDIR) && name !== '.' && name !== '..') await this.#directory(below(path, name), true, 1)
    }
  }

  /** What is known of a name; undefined where that was reported. */
  async #entry(name: string, path: string, isOperand: boolean): Promise<Entry | undefined> {
    const { task } = this.#command
    const target = lookUp(() => task.stat(toText(path)))
    // A link that is named itself stands for the directory that it leads to.
    const follows = isOperand && !this.#has('directory') && !this.#has('classify') && !this.#isLong
    if (target !== undefined && (this.#has('dereference') || (follows && isOf(target, S_IFDIR)))) return { name, stat: target }
    try {
      const stat = isOperand && this.#has('dereference') ? task.stat(toText(path)) : task.lstat(toText(path))
      if (!isOf(stat, S_IFLNK)) return { name, stat }
      return { name, stat, link: { target: this.#isLong ? fromText(task.readlink(toText(path))) : '', stat: target } }
    } catch (error) {
      await this.#fail(`cannot access ${quotedAlways(path)}`, error, isOperand ? 2 : 1)
      return undefined
    }
  }

  #sort(entries: Entry[]): void {
    const order = this.#command.options.last('S', 't')
    const sign = this.#has('reverse') ? -1 : 1
    const difference = (a: Entry, b: Entry) =>
      (order === 'S' ? b.stat.size - a.stat.size : order === 't' ? b.stat.mtimeMs - a.stat.mtimeMs : 0) ||
      (a.name < b.name ? -1 : 1)
    entries.sort((a, b) => sign * difference(a, b))
  }

  #write(entries: readonly Entry[]): void {
    if (entries.length === 0) return
    const rows = entries.map(({ stat }) => [
      ...(this.#has('inode') ? [right(String(stat.ino))] : []),
      ...(this.#has('size') ? [right(this.#room(stat.blocks))] : []),
      ...(this.#isLong ? longCells(stat, this.#owners, this.#has('human-readable')) : []),
    ])
    const textOf = (cell: (typeof rows)[number][number]) => (typeof cell === 'string' ? cell : cell.right)
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => textOf(row[column]!).length)))
    const lines = rows.map((row, i) => {
      const cells = row.map((cell, column) => textOf(cell)[typeof cell === 'string' ? 'padEnd' : 'padStart'](widths[column]!))
      return [...cells, this.#nameOf(entries[i]!)].join(' ')
    })
    const isList = this.#isLong || this.#layout === 'lines'
    for (const line of isList ? lines : inColumns(lines, this.#layout === 'down', this.#width)) this.#command.out.put(`${line}\n`)
    this.#any = true
  }

  #nameOf({ name, stat, link }: Entry): string {
    const shown = this.#shown(name)
    if (!this.#isLong || link === undefined) return shown + this.#signOf(stat)
    const sign = link.stat === undefined || !this.#has('classify') ? '' : this.#signOf(link.stat)
    return `${shown} -> ${this.#shown(link.target)}${sign}`
  }

  /** A name as it is shown: on a terminal in quotes where a shell needs them. */
  #shown(name: string): string {
    return this.#isOnTerminal ? quoted(name) : name
  }

  /** The sign behind a name that says what it is. */
  #signOf({ mode }: Stat): string {
    if ((mode & S_IFMT) === S_IFDIR) return this.#has('classify') || this.#has('p') ? '/' : ''
    if (!this.#has('classify')) return ''
    if ((mode & S_IFMT) === S_IFREG) return (mode & 0o111) !== 0 ? '*' : ''
    return { [S_IFLNK]: '@', [S_IFIFO]: '|', [S_IFSOCK]: '=' }[mode & S_IFMT] ?? ''
  }

  /** The room that a number of blocks of 512 bytes takes, in KiB. */
  #room(blocks: number): string {
    return this.#has('human-readable') ? humanSize(blocks * 512) : String(Math.ceil(blocks / 2))
  }

  async #fail(what: string, error: unknown, trouble: number): Promise<void> {
    await this.#command.complain(`${what}: ${this.#command.why(error)}`)
    this.#status = Math.max(this.#status, trouble)
  }
}

function isOf({ mode }: Stat, type: number): boolean {
  return (mode & S_IFMT) === type
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
