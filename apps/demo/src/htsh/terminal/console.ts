import { errnoOf, IN, OUT, WaitQueue } from '@ht/core'
import { controlTerminal, type MaybeTerminal } from '@ht/kernel/stdio'
import type { HostEnd } from '@ht/kernel'

/** Where a terminal's output goes: a Node.js `Writable`, of which this is what is used. */
export interface Screen extends MaybeTerminal {
  write(bytes: Uint8Array | string, written?: () => void): unknown
}

/**
 * The user's terminal as tasks see it (termios(3), canonical mode): a read gives at most a line, and nothing before
 * it is whole. What was typed and not read stays for the next reader, the prompt as well.
 */
export class Console implements HostEnd {
  readonly changes = new WaitQueue()
  readonly #screen: Screen
  /** Lines with their ends; an empty one is an end of file. */
  readonly #typed: Uint8Array[] = []
  #hungUp = false
  #unwritten = 0
  #isAtLineStart = true

  constructor(screen: Screen) {
    this.#screen = screen
  }

  /** The user has typed a line. */
  type(line: string): void {
    this.#typed.push(encoder.encode(`${line}\n`))
    this.#isAtLineStart = true
    this.changes.wake()
  }

  /** The user has typed an end of file: one read, or the prompt, gets it. */
  end(): void {
    this.#typed.push(new Uint8Array(0))
    this.changes.wake()
  }

  /** The user has gone: from here on there is only the end of file. */
  hangUp(): void {
    this.#hungUp = true
    this.changes.wake()
  }

  /** Forgets what was typed and not read, as an interrupt does. */
  forget(): void {
    this.#typed.length = 0
  }

  /** Takes the next line away, without its end: null for an end of file, undefined when nothing was typed. */
  take(): string | null | undefined {
    const line = this.#typed.shift()
    if (line === undefined) return this.#hungUp ? null : undefined
    return line.length === 0 ? null : decoder.decode(line).slice(0, -1)
  }

  /** Prints a text of the shell's own. */
  print(text: string): void {
    this.#screen.write(text)
    this.#isAtLineStart = text.endsWith('\n')
  }

  /** Goes to a new line, unless the cursor is at the start of one. */
  freshLine(): void {
    if (!this.#isAtLineStart) this.print('\n')
  }

  read(buffer: Uint8Array): number {
    if (buffer.length === 0) return 0
    const line = this.#typed[0]
    if (line === undefined) return this.#hungUp ? 0 : -EAGAIN
    const piece = line.subarray(0, buffer.length)
    buffer.set(piece)
    if (piece.length < line.length) this.#typed[0] = line.subarray(piece.length)
    else this.#typed.shift()
    return piece.length
  }

  write(bytes: Uint8Array): number {
    if (bytes.length === 0) return 0
    const count = Math.min(bytes.length, CAPACITY - this.#unwritten)
    if (count <= 0) return -EAGAIN
    this.#unwritten += count
    this.#isAtLineStart = bytes[count - 1] === NEWLINE
    // A copy: the caller goes on with its buffer.
    this.#screen.write(bytes.slice(0, count), () => {
      this.#unwritten -= count
      this.changes.wake()
    })
    return count
  }

  control(request: number, argument: Uint8Array): number {
    return controlTerminal(this.#screen, request, argument)
  }

  readiness(): number {
    return (this.#typed.length > 0 || this.#hungUp ? IN : 0) | (this.#unwritten < CAPACITY ? OUT : 0)
  }

  describe(): string {
    return 'the terminal'
  }

  close(): void {
    // It is the user's, and stays.
  }
}

/** How many bytes may wait for the host. */
const CAPACITY = 65_536
const NEWLINE = 10
const EAGAIN = errnoOf('EAGAIN')
const encoder = new TextEncoder()
const decoder = new TextDecoder()
