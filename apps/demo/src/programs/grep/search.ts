import { SEEK_CUR } from '@ht/core'
import type { Command } from '../command.js'
import type { Input } from '../input.js'
import type { LineMatcher } from '../regex/matcher.js'
import type { Settings } from './options.js'

/** A line that is kept for the context of one that may follow. */
interface Kept {
  readonly line: string
  readonly number: number
  readonly offset: number
}

/** What selects lines of one input, and writes them. */
export class Search {
  readonly #command: Pick<Command, 'task' | 'out' | 'say'>
  readonly #settings: Settings
  readonly #matcher: LineMatcher
  /** Whether something was written of an earlier group, so that a separator comes in front of the next. */
  #separates = false

  constructor(command: Pick<Command, 'task' | 'out' | 'say'>, settings: Settings, matcher: LineMatcher) {
    this.#command = command
    this.#settings = settings
    this.#matcher = matcher
  }

  /** How many lines of an input are selected, as far as that has to be known. */
  async run(input: Input, path: string, withName: boolean): Promise<number> {
    const settings = this.#settings
    const name = path === '-' ? settings.label : path
    const printer = new Printer(this.#command.out, settings, this.#matcher, withName ? name : undefined)
    printer.separates = this.#separates
    const stopsAtFirst = ['nothing', 'with', 'without'].includes(settings.output)
    const most = stopsAtFirst ? Math.min(1, settings.most) : settings.most
    let [number, offset, count, isBinary] = [0, 0, 0, false]

    reading: for await (const text of input.blocks()) {
      if (!isBinary && settings.binary !== 'text' && text.includes('\0')) {
        if (settings.binary === 'without-match') break
        isBinary = true
      }
      // In what is binary a NUL ends a line too.
      const block = isBinary ? text.replaceAll('\0', '\n') : text
      for (let at = 0; at < block.length;) {
        const newline = block.indexOf('\n', at)
        const end = newline < 0 ? block.length : newline
        const line = block.slice(at, end)
        number++
        const isSelected = count < most && this.#matcher.has(line) !== settings.invert
        if (isSelected) count++
        const prints = settings.output === 'lines' || settings.output === 'matches'
        if (isSelected && isBinary && prints) {
          await this.#command.out.flush()
          await this.#command.say(`grep: ${name}: binary file matches\n`)
          this.#separates = printer.separates
          return count
        }
        if (prints) printer.take({ line, number, offset: offset + at }, isSelected)
        at = end + 1
        if (isSelected && count >= most) giveBack(this.#command, input, Math.max(0, block.length - at) + input.held)
        if (count >= most && (!prints || !printer.wantsMore)) break reading
        if (this.#command.out.isFull) await this.#command.out.flush()
      }
      offset += block.length
    }
    this.#separates = printer.separates
    this.#report(count, name, withName)
    return count
  }

  #report(count: number, name: string, withName: boolean): void {
    const { output, nameEnd } = this.#settings
    const { out } = this.#command
    if (output === 'count') out.put(`${withName ? name + (nameEnd ?? ':') : ''}${count}\n`)
    if ((output === 'with' && count > 0) || (output === 'without' && count === 0)) out.put(name + (nameEnd ?? '\n'))
  }
}

/** Leaves a file's offset behind the last line that was selected. */
function giveBack({ task }: Pick<Command, 'task'>, input: Input, bytes: number): void {
  if (input.handle === 0 && bytes > 0) task.lseekErrno(0, -bytes, SEEK_CUR)
}

/** Writes lines that are selected, and those around them. */
class Printer {
  separates = false
  readonly #out: Command['out']
  readonly #settings: Settings
  readonly #matcher: LineMatcher
  readonly #name: string | undefined
  readonly #kept: Kept[] = []
  /** How many lines of context are still to come. */
  #following = 0
  /** The number of the line that was written last. */
  #last = -1

  constructor(out: Command['out'], settings: Settings, matcher: LineMatcher, name: string | undefined) {
    this.#out = out
    this.#settings = settings
    this.#matcher = matcher
    this.#name = name
  }

  /** Whether lines that are not selected would be written. */
  get wantsMore(): boolean {
    return this.#following > 0
  }

  take(line: Kept, isSelected: boolean): void {
    const { before, after } = this.#settings
    if (isSelected) {
      this.#separate(this.#kept[0] ?? line)
      for (const kept of this.#kept.splice(0)) this.#write(kept, '-')
      this.#write(line, ':')
      this.#following = Math.max(0, after)
      return
    }
    if (this.#following > 0) {
      this.#following--
      this.#write(line, '-')
      return
    }
    if (before <= 0) return
    this.#kept.push(line)
    if (this.#kept.length > before) this.#kept.shift()
  }

  /** Writes a separator between groups that do not touch. */
  #separate({ number }: Kept): void {
    const { before, after, separator } = this.#settings
    const isNew = number !== this.#last + 1
    if (this.separates && isNew && (before >= 0 || after >= 0) && separator !== undefined)
      this.#out.put(`${separator}\n`)
    this.separates = true
  }

  #write({ line, number, offset }: Kept, sign: string): void {
    this.#last = number
    const { output, invert } = this.#settings
    if (output === 'lines') {
      this.#out.put(`${this.#head(sign, number, offset)}${line}\n`)
      return
    }
    if (invert || sign === '-') return
    for (let from = 0; from < line.length;) {
      const match = this.#matcher.next(line, from)
      if (match === undefined || match.start === line.length) return
      const { start, end } = match
      if (end > start) this.#out.put(`${this.#head(sign, number, offset + start)}${line.slice(start, end)}\n`)
      from = end > start ? end : start + 1
    }
  }

  #head(sign: string, number: number, offset: number): string {
    const { numbers, offsets, nameEnd } = this.#settings
    const name = this.#name === undefined ? '' : this.#name + (nameEnd ?? sign)
    return name + (numbers ? `${number}${sign}` : '') + (offsets ? `${offset}${sign}` : '')
  }
}
