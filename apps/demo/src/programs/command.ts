import { isHandleError, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY, S_IFMT, S_IFREG, SEEK_CUR } from '@ht/core'
import { F_GETFD } from '@ht/kernel'
import { fromText, toBytes, toText } from '../libc/byte-string.js'
import { strerror } from '../libc/strerror.js'
import { Failure, Help, UsageError } from './failure.js'
import { Input } from './input.js'
import { optionsIn, Options, type ParseOptions } from './options.js'
import { Output, WriteError } from './output.js'
import { quoted } from './quote.js'
import type { Program, Task } from '@ht/kernel'

/** How a program is defined. */
export interface CommandDefinition {
  readonly name: string
  /** What comes behind the name in the first line of its help: `[OPTION]... [FILE]...`. */
  readonly usage: string
  /** The rest of its help: what it does, and its options, a line each, from which they are read. */
  readonly help: string
  /** The status of trouble. Defaults to 1. */
  readonly trouble?: number
  readonly parsing?: ParseOptions
  /** What standard input is called if it was read and turns out to be closed. That is ignored if omitted. */
  readonly closedInput?: string
  /** Changes arguments of a form that is no option's: `-5`. */
  readonly rewrite?: (args: readonly string[]) => readonly string[]
  /** The program itself: its status. All its strings are byte strings. */
  run(command: Command): number | Promise<number>
}

/** Makes a program that takes options, reports errors and writes output as GNU's tools do. */
export function defineCommand(definition: CommandDefinition): Program {
  const { name, usage, trouble = 1, parsing, closedInput, rewrite = (args: readonly string[]) => args } = definition
  const help = `Usage: ${name} ${usage}\n${definition.help}`
  const table = optionsIn(help)
  const program: Program = async (task) => {
    const command = new Command(task, name)
    try {
      const status = await run(command)
      await command.out.flush()
      const isClosed = command.readsInput && command.task.fcntlErrno(0, F_GETFD) < 0
      if (closedInput === undefined || !isClosed) return status
      await command.complain(`${closedInput}: Bad file descriptor`)
      return trouble
    } catch (error) {
      if (!(error instanceof WriteError)) throw error
      await command.say(`${name}: write error: ${strerror(error.cause)}\n`)
      return trouble
    }
  }
  async function run(command: Command): Promise<number> {
    try {
      command.options = new Options(rewrite(command.task.args.map(fromText)), table, parsing)
      return await definition.run(command)
    } catch (error) {
      if (error instanceof Help) {
        command.out.put(help)
        return 0
      }
      if (!(error instanceof Failure)) throw error
      // What was put out before a failure is written, as exit(3) does.
      if (error.message !== '') await command.complain(error.message)
      if (error instanceof UsageError) await command.say(`Try '${name} --help' for more information.\n`)
      return error.status ?? trouble
    }
  }
  // What lsof and traces call a task that runs it.
  return Object.defineProperties(program, { name: { value: name }, help: { value: help } })
}

/** One run of a program. */
export class Command {
  readonly task: Task
  readonly name: string
  readonly out: Output
  options!: Options
  /** Whether standard input was opened. */
  readsInput = false

  constructor(task: Task, name: string) {
    this.task = task
    this.name = name
    this.out = new Output(task, 1)
  }

  /** The arguments that are not options. */
  get operands(): readonly string[] {
    return this.options.operands
  }

  /** Reports an error, after what was put out before it (error(3)). @throws WriteError */
  async complain(message: string): Promise<void> {
    await this.out.flush()
    await this.say(`${this.name}: ${message}\n`)
  }

  /** {@link complain}, for a function that tells whether all went well. */
  async fail(message: string): Promise<false> {
    await this.complain(message)
    return false
  }

  /** Writes to standard error. That it cannot be written is ignored. */
  async say(message: string): Promise<void> {
    try {
      await this.task.writeAsync(2, toBytes(message))
    } catch (error) {
      if (this.task.ended !== undefined) throw error
    }
  }

  /**
   * Why a call failed, in the words of the C library.
   *
   * @throws the error itself, if it is no call's, or the task has ended
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
      return this.fail(`${what}: ${this.why(error)}`)
    }
  }

  /** Asks for consent on standard error; a line of standard input answers. */
  async agrees(question: string): Promise<boolean> {
    await this.out.flush()
    await this.say(`${this.name}: ${question}? `)
    const byte = new Uint8Array(1)
    let line = ''
    while ((await this.task.readAsync(0, byte)) > 0 && byte[0] !== NEWLINE) line += String.fromCharCode(byte[0]!)
    return /^[yY]/.test(line)
  }

  /** Opens a file for reading; `-` is standard input. What is read is to be closed. */
  open(path: string): Input {
    if (path === '-') {
      this.readsInput = true
      return new Input(this.task, this.out, 0)
    }
    return new Input(this.task, this.out, this.task.open(toText(path), O_RDONLY))
  }

  /** Whether standard output is the very file that is read, behind where it is at: reading it might never end. */
  async writesTo({ handle }: Input): Promise<boolean> {
    await this.out.flush()
    // A closed one is not written to.
    if (this.task.fcntlErrno(1, F_GETFD) < 0) return false
    const [output, input] = [this.task.fstat(1), this.task.fstat(handle)]
    if ((output.mode & S_IFMT) !== S_IFREG || output.dev !== input.dev || output.ino !== input.ino) return false
    return this.task.lseekErrno(handle, 0, SEEK_CUR) < input.size
  }

  /** Leads standard output to a file, which is made empty. @throws Failure */
  redirect(path: string, failed = ''): void {
    const { task } = this
    try {
      const output = task.open(toText(path), O_WRONLY | O_CREAT | O_TRUNC)
      task.dup2(output, 1)
      if (output !== 1) task.close(output)
    } catch (error) {
      throw new Failure(`${failed}${quoted(path)}: ${this.why(error)}`)
    }
  }

  /**
   * Calls a function with each file that is opened, standard input if there are no paths, and closes it. What cannot be
   * opened or read is reported and passed over: false if there was any.
   */
  async each(
    paths: readonly string[],
    read: (input: Input, path: string) => Promise<void>,
    sayWhy: (path: string, why: string, opened: boolean) => string = (path, why) => `${quoted(path)}: ${why}`,
  ): Promise<boolean> {
    let good = true
    for (const path of paths.length > 0 ? paths : ['-']) {
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
        good = await this.fail(sayWhy(path, this.why(error), opened))
      }
    }
    return good
  }
}

const NEWLINE = 10
