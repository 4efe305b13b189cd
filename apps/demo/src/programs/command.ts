import { isHandleError, O_RDONLY } from '@ht/core'
import { F_GETFD } from '@ht/kernel'
import { fromText, toBytes, toText } from '../libc/byte-string.js'
import { Failure, Help, UsageError } from './failure.js'
import { Input } from './input.js'
import { parseOptions, type Given, type OptionTable, type ParseOptions } from './options.js'
import { Output, WriteError } from './output.js'
import { quoted } from './quote.js'
import { strerror } from '../libc/strerror.js'
import type { Program, Task } from '@ht/kernel'

/** How a program is defined. */
export interface CommandDefinition<T extends OptionTable> {
  readonly name: string
  /** What comes behind the name in the first line of its help: `[OPTION]... [FILE]...`. */
  readonly usage: string
  /** The rest of its help: what it does, and its options. */
  readonly help: string
  readonly options: T
  /** The status of trouble. Defaults to 1. */
  readonly trouble?: number
  readonly parsing?: ParseOptions
  /** What it says when its output cannot be written; `write error` and why, if omitted. */
  readonly writeError?: (why: string, cause: unknown) => string
  /** What it calls standard input when that was read and turns out to be closed; if omitted, it does not care. */
  readonly closedInput?: string
  /** What it says of wrong arguments besides, in front of where help is. */
  readonly usageHint?: string | ((task: Task) => string)
  /** Changes arguments of a form that is no option's: `-5`. */
  readonly rewrite?: (args: readonly string[]) => readonly string[]
  /** The program itself: its status. All its strings are byte strings. */
  run(command: Command<T>): number | Promise<number>
}

/** Makes a program that takes options, reports errors and writes output as GNU's tools do. */
export function defineCommand<T extends OptionTable>(definition: CommandDefinition<T>): Program {
  const { name, usage, help, trouble = 1, usageHint = '' } = definition
  const program: Program = async (task) => {
    const args = task.args.map(fromText)
    const command = new Command<T>(task, definition, args)
    try {
      return await command.finish(await definition.run(command))
    } catch (error) {
      // What was put out before a failure is written, as exit(3) does.
      if (error instanceof Help) {
        command.out.put(`Usage: ${name} ${usage}\n${help}`)
        return await command.finish(0)
      }
      if (error instanceof UsageError) {
        if (error.message !== '') await command.complain(error.message)
        const hint = typeof usageHint === 'string' ? usageHint : usageHint(task)
        await command.say(`${hint}Try '${name} --help' for more information.\n`)
        return await command.finish(error.status ?? trouble)
      }
      if (error instanceof Failure) {
        if (error.message !== '') await command.complain(error.message)
        return await command.finish(error.status ?? trouble)
      }
      if (!(error instanceof WriteError)) throw error
      return await command.failWriting(error)
    }
  }
  // What lsof and traces call a task that runs it.
  return Object.defineProperties(program, { name: { value: name }, help: { value: `Usage: ${name} ${usage}\n${help}` } })
}

/** One run of a program. */
export class Command<T extends OptionTable = OptionTable> {
  readonly task: Task
  readonly out: Output
  /** The options in their order, once. Coming to one that is wrong ends the program. */
  readonly options: Iterable<Given<T>>
  readonly #operands: readonly string[]
  readonly #definition: CommandDefinition<T>
  /** Whether output was lost in front of an error that was reported. */
  #lost = false
  #readsInput = false

  constructor(task: Task, definition: CommandDefinition<T>, args: readonly string[]) {
    const { rewrite, options, parsing } = definition
    this.task = task
    this.out = new Output(task, 1)
    this.#definition = definition
    const parsed = parseOptions(rewrite === undefined ? args : rewrite(args), options, parsing)
    this.options = parsed.options
    this.#operands = parsed.operands
  }

  /** What is no option. Options that nobody has looked at are looked at first. */
  get operands(): readonly string[] {
    for (const _ of this.options);
    return this.#operands
  }

  /** Reports an error, after what was put out before it (error(3)). */
  async complain(message: string): Promise<void> {
    try {
      await this.out.flush()
    } catch (error) {
      if (!(error instanceof WriteError)) throw error
      this.#lost = true
    }
    await this.say(`${this.#definition.name}: ${message}\n`)
  }

  /**
   * Why a call failed, in the words of the C library.
   *
   * @throws the error itself, if it is no call's, or the task has ended and has nobody to tell
   */
  why(error: unknown): string {
    if (this.task.ended !== undefined || !isHandleError(error)) throw error
    return strerror(error)
  }

  /** Does something, and reports why a call of it failed: whether none did. */
  async attempt(what: string, work: () => unknown): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      await this.complain(`${what}: ${this.why(error)}`)
      return false
    }
  }

  /** Asks for consent on standard error; a line of standard input answers. */
  async agrees(question: string): Promise<boolean> {
    await this.out.flush()
    await this.say(`${this.#definition.name}: ${question}? `)
    const byte = new Uint8Array(1)
    let line = ''
    while ((await this.task.readAsync(0, byte)) > 0 && byte[0] !== NEWLINE) line += String.fromCharCode(byte[0]!)
    return /^[yY]/.test(line)
  }

  /** Writes to standard error; that it cannot be written is no one's concern. */
  async say(message: string): Promise<void> {
    try {
      await this.task.writeAsync(2, toBytes(message))
    } catch (error) {
      if (this.task.ended !== undefined) throw error
    }
  }

  /** Ends with a status, and all written; or with trouble, said. */
  async finish(status: number): Promise<number> {
    const { name, trouble = 1, closedInput } = this.#definition
    if (closedInput !== undefined && this.#readsInput && isClosed(this.task, 0)) {
      await this.complain(`${closedInput}: Bad file descriptor`)
      status = trouble
    }
    try {
      await this.out.flush()
    } catch (error) {
      if (!(error instanceof WriteError)) throw error
      return this.failWriting(error)
    }
    if (!this.#lost) return status
    await this.say(`${name}: write error\n`)
    return trouble
  }

  /** Says that the output could not be written: the status for that. */
  async failWriting(error: WriteError): Promise<number> {
    const { name, writeError = (why) => `write error: ${why}`, trouble = 1 } = this.#definition
    await this.say(`${name}: ${writeError(strerror(error.cause), error.cause)}\n`)
    return trouble
  }

  /** Opens a file for reading; `-` is standard input. What is read is to be closed. */
  open(path: string): Input {
    if (path === '-') {
      this.#readsInput = true
      return new Input(this, 0, false)
    }
    return new Input(this, this.task.open(toText(path), O_RDONLY), true)
  }

  /**
   * Calls a function with each file that is opened, and closes it. What cannot be opened or read is reported and
   * passed over: false if there was any.
   */
  async each(
    paths: readonly string[],
    read: (input: Input, path: string) => Promise<void>,
    sayWhy: (path: string, why: string, opened: boolean) => string = (path, why) => `${quoted(path)}: ${why}`,
  ): Promise<boolean> {
    let good = true
    for (const path of paths) {
      let opened = false
      try {
        const input = this.open(path)
        opened = true
        try {
          await read(input, path)
        } finally {
          input.close()
        }
      } catch (error) {
        await this.complain(sayWhy(path, this.why(error), opened))
        good = false
      }
    }
    return good
  }
}

/** A run of a program, whatever its options are. */
export type Run = Omit<Command, 'options'>

const NEWLINE = 10

function isClosed(task: Task, handle: number): boolean {
  return task.fcntlErrno(handle, F_GETFD) < 0
}
