import { createInterface, type CompleterResult, type Interface } from 'node:readline'
import { Console } from './console.js'

/** What the user answered with instead of a line: Ctrl-C, or Ctrl-D. */
export const INTERRUPT = Symbol('interrupt')
export const END = Symbol('end of file')

/** How a terminal behaves. */
export interface TerminalOptions {
  /** Commands that were typed before, the newest first. */
  readonly history?: readonly string[]
  /** Completes a line at the prompt, as readline's completer does. */
  readonly complete?: (line: string) => CompleterResult | Promise<CompleterResult>
  /** Ctrl-C, while no line is asked for. */
  readonly interrupt?: () => void
}

/** How many commands are kept. */
export const HISTORY_LINES = 1000

/**
 * The user at a keyboard. All the while, Node's readline edits and echoes what is typed, in raw mode, which Node ends
 * when the process does. A line that the shell asked for is its answer; any other goes to the console, for a program
 * to read, or is the answer to the next question.
 */
export class Terminal {
  readonly console: Console
  /** The commands that were typed here, the newest first. */
  readonly commands: string[] = []
  readonly #input: NodeJS.ReadStream
  readonly #output: NodeJS.WriteStream
  readonly #options: TerminalOptions
  #readline: Interface
  /** Readline's own list, for the arrow keys. */
  #shown: string[] = []
  /** Is given the answer to the question that is asked now. */
  #answer: ((answer: string | typeof INTERRUPT | typeof END) => void) | undefined
  #closed = false
  #hungUp = false

  constructor(input: NodeJS.ReadStream, output: NodeJS.WriteStream, options: TerminalOptions = {}) {
    this.#input = input
    this.#output = output
    this.#options = options
    this.console = new Console(output)
    // The user has gone, with the terminal.
    output.on('error', this.#hangUp)
    input.on('error', this.#hangUp)
    process.on('SIGINT', this.#interrupt)
    this.#readline = this.#open()
  }

  /** Asks for a line: what was typed before is the answer at once. */
  ask(prompt: string): Promise<string | typeof INTERRUPT | typeof END> {
    const typed = this.console.take()
    if (typed !== undefined) {
      // Where there is an echo, it belongs behind the prompt.
      this.console.print(typed === null || !this.#readline.terminal ? prompt : `${prompt}${typed}\n`)
      if (typed === null) return Promise.resolve(END)
      this.#remember(typed)
      this.#show()
      return Promise.resolve(typed)
    }
    return new Promise((resolve) => {
      this.#answer = (answer) => {
        this.#answer = undefined
        this.#readline.setPrompt('')
        resolve(answer)
      }
      this.#readline.setPrompt(prompt)
      // What was typed of a line is shown behind the prompt.
      this.#readline.prompt(true)
    })
  }

  /** Whether the terminal has gone, as when its window is closed. What is none, a pipe for one, only ends. */
  get isGone(): boolean {
    return this.#hungUp && this.#input.isTTY
  }

  /** Gives the terminal back as it was. */
  close(): void {
    this.#closed = true
    this.#readline.close()
    process.off('SIGINT', this.#interrupt)
  }

  #open(): Interface {
    this.#shown = this.#history()
    const readline = createInterface({
      input: this.#input,
      output: this.#output,
      terminal: this.#input.isTTY && this.#output.isTTY,
      history: this.#shown,
      historySize: HISTORY_LINES,
      prompt: '',
      completer: (line: string, done: (error: null, result: CompleterResult) => void) => {
        const complete = this.#answer === undefined ? undefined : this.#options.complete
        const nothing: CompleterResult = [[], line]
        void Promise.resolve(line)
          .then((text) => complete?.(text) ?? nothing)
          .catch(() => nothing)
          .then((result) => done(null, result))
      },
    })
    readline.on('line', (line) => {
      if (this.#answer === undefined) this.console.type(line)
      else this.#answer(line)
    })
    readline.on('history', (history) => {
      // It has the line already, which is a command only if the shell asked for it.
      if (this.#answer !== undefined) this.#remember(history[0] ?? '')
      this.#shown = history
      this.#show()
    })
    // It is told of the input's errors: one more of them as it closes, where the terminal has gone.
    readline.on('error', this.#hangUp)
    readline.on('SIGINT', this.#interrupt)
    // Nothing would wake a stopped shell.
    readline.on('SIGTSTP', () => undefined)
    readline.on('close', () => {
      this.#end()
    })
    return readline
  }

  /** Readline ends at Ctrl-D, which is for one reader only. */
  #end(): void {
    if (this.#closed) return
    if (!this.#input.isTTY || this.#input.readableEnded || this.#input.destroyed) {
      this.#hangUp()
    } else {
      this.#readline = this.#open()
      if (this.#answer === undefined) this.console.end()
    }
    this.#answer?.(END)
  }

  readonly #hangUp = (): void => {
    this.#hungUp = true
    this.console.hangUp()
    this.#answer?.(END)
  }

  readonly #interrupt = (): void => {
    this.console.forget()
    // The line that was begun goes from the screen and from readline.
    if (this.#readline.line !== '') {
      this.#readline.write(null, { ctrl: true, name: 'e' })
      this.#readline.write(null, { ctrl: true, name: 'u' })
    }
    this.console.print('^C\n')
    if (this.#answer !== undefined) this.#answer(INTERRUPT)
    else this.#options.interrupt?.()
  }

  #remember(line: string): void {
    if (line.trim() === '' || line === this.#history()[0]) return
    this.commands.unshift(line)
    if (this.commands.length > HISTORY_LINES) this.commands.pop()
  }

  /** All commands, the newest first. */
  #history(): string[] {
    return [...this.commands, ...(this.#options.history ?? [])].slice(0, HISTORY_LINES)
  }

  #show(): void {
    this.#shown.splice(0, Infinity, ...this.#history())
  }
}
