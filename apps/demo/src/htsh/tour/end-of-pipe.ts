import { formatTrace } from '@ht/kernel/format'
import type { TraceEvent } from '@ht/kernel'

/**
 * Picks from a trace how a pipe ends: the first program's last write, its close of the pipe, and the read that
 * comes to 0 by it. It keeps no other call, so that any amount may go through.
 */
export class EndOfPipe {
  readonly #lastWrites = new Map<number, string>()
  #close: TraceEvent | undefined
  #read: string | undefined

  see(event: TraceEvent): void {
    const { task, name, args, result } = event
    if (name === 'write' && this.#close === undefined) this.#lastWrites.set(task, formatTrace(event))
    else if (name === 'close' && args[0] === 1) this.#close ??= event
    else if (name === 'read' && result === 0 && this.#close !== undefined) this.#read ??= formatTrace(event)
  }

  /** The lines to print: each call, and what it means. */
  rows(): string[] {
    if (this.#close === undefined) return []
    const write = this.#lastWrites.get(this.#close.task)
    return [
      ...(write === undefined ? [] : [`  ${write}`]),
      `  ${formatTrace(this.#close).padEnd(WIDTH)}the last writer of the pipe closes:`,
      ...(this.#read === undefined ? [] : [`  ${this.#read.padEnd(WIDTH)}its reader gets 0, the end of file`]),
    ]
  }
}

/** Where the meaning of a call is printed. */
const WIDTH = 30
