import { SEEK_CUR } from '@ht/core'
import type { Command } from '../command.js'
import type { Input } from '../input.js'
import type { LineMatcher } from './matcher.js'

/** What grep is asked for. */
export interface Settings {
  readonly output: 'lines' | 'matches' | 'count' | 'with' | 'without' | 'nothing'
  readonly invert: boolean
  readonly silent: boolean
  /** How many lines of a file are selected at most. */
  readonly most: number
  readonly numbers: boolean
  readonly names: boolean
  /** How many lines of context there are. */
  readonly before: number
  readonly after: number
  /** Whether context was asked for, and groups of lines are kept apart. */
  readonly isGrouped: boolean
  /** Whether a binary file is taken for text. */
  readonly text: boolean
  readonly recursive: boolean
}

interface Line {
  readonly text: string
  readonly number: number
}

/** What selects lines of inputs, and writes them. */
export class Search {
  readonly #command: Command
  readonly #settings: Settings
  readonly #matcher: LineMatcher
  /** Whether something was written of an earlier group, so that a separator comes in front of the next. */
  #separates = false

  constructor(command: Command, settings: Settings, matcher: LineMatcher) {
    this.#command = command
    this.#settings = settings
    this.#matcher = matcher
  }

  /** How many lines of an input are selected, as far as that has to be known. */
  async run(input: Input, path: string): Promise<number> {
    const { output, invert, names, text: isText, after, before, isGrouped } = this.#settings
    const { out, task } = this.#command
    const name = path === '-' ? '(standard input)' : path
    const writes = output === 'lines' || output === 'matches'
    const most = ['nothing', 'with', 'without'].includes(output) ? 1 : this.#settings.most
    // Lines that may come in front of one that is selected, and how many are still to be written behind one.
    const kept: Line[] = []
    let [number, last, count, following, isBinary] = [0, -1, 0, 0, false]
    const write = (line: Line, sign: string) => {
      last = line.number
      this.#write(line, `${names ? name + sign : ''}${this.#settings.numbers ? `${line.number}${sign}` : ''}`, sign)
    }
    reading: for await (const block of input.blocks()) {
      isBinary ||= !isText && block.includes('\0')
      for (let at = 0; at < block.length;) {
        const newline = block.indexOf('\n', at)
        const end = newline < 0 ? block.length : newline
        const line = { text: block.slice(at, end), number: ++number }
        at = end + 1
        if (count < most && this.#matcher.has(line.text) !== invert) {
          count++
          // What was read behind the last line that is wanted is given back to a file.
          const rest = Math.max(0, block.length - at) + input.held
          if (count >= most && input.handle === 0 && rest > 0) task.lseekErrno(0, -rest, SEEK_CUR)
          if (writes && isBinary) {
            await out.flush()
            await this.#command.say(`grep: ${name}: binary file matches\n`)
            return count
          }
          if (writes) {
            const isApart = (kept[0] ?? line).number !== last + 1
            if (this.#separates && isApart && isGrouped) out.put('--\n')
            this.#separates = true
            for (const it of kept.splice(0)) write(it, '-')
            write(line, ':')
            following = after
          }
        } else if (following > 0) {
          following--
          write(line, '-')
        } else if (before > 0) {
          kept.push(line)
          if (kept.length > before) kept.shift()
        }
        if (count >= most && following === 0) break reading
        if (out.isFull) await out.flush()
      }
    }
    if (output === 'count') out.put(`${names ? `${name}:` : ''}${count}\n`)
    if (output === (count > 0 ? 'with' : 'without')) out.put(`${name}\n`)
    return count
  }

  #write({ text }: Line, head: string, sign: string): void {
    const { output, invert } = this.#settings
    const { out } = this.#command
    if (output === 'lines') out.put(`${head}${text}\n`)
    if (output === 'lines' || invert || sign === '-') return
    for (let from = 0; from < text.length;) {
      const match = this.#matcher.next(text, from)
      if (match === undefined) return
      const { start, end } = match
      if (end > start) out.put(`${head}${text.slice(start, end)}\n`)
      from = end > start ? end : start + 1
    }
  }
}
