import { isHandleError, type Handle } from '@ht/core'
import { fromText, toBytes, toText } from '../libc/byte-string.js'
import { strerror } from '../libc/strerror.js'
import { Abandon, Ended, Exit, Interrupted, LoopJump } from './flow.js'
import { Jobs } from './jobs/jobs.js'
import { SourceText } from './parse/source-text.js'
import { Variables } from './variables.js'
import type { Turns } from './turns.js'
import type { Executable, Program, Task } from '@ht/kernel'
import type { ParsedScript, Statement } from 'unbash'

/** The status of a command that there is not, and of some other mistakes (bash(1), EXIT STATUS). */
export const NOT_FOUND = 127

/** The programs that there are, by their names: functions of this thread, or what runs in workers. */
export type Programs = Readonly<Record<string, Executable>>

/**
 * What executes commands. It is passed in: it expands words, and a word may have commands in it, which the expansion has
 * executed by this.
 */
export interface Runner {
  /** Executes commands one after the other. The status is the last one's. */
  list(shell: Interpreter, statements: readonly Statement[]): Promise<void>
  /** Executes the commands of a command substitution, which may have a text of their own. */
  script(shell: Interpreter, script: ParsedScript | undefined): Promise<void>
}

/** What a shell and its subshells have in common. */
export interface Setup {
  readonly programs: Programs
  /** What there is to tell of a program. */
  readonly help: (program: string) => string | undefined
  /** What messages begin with, and `$0`: a byte string. */
  readonly name: string
  readonly interactive: boolean
  /** Whether the commands are the argument of `-c`. */
  readonly isArgument: boolean
  /** `$$`: the number of the shell's task, in its subshells too. */
  readonly shell: number
  readonly turns: Turns
  readonly runner: Runner
}

/**
 * A shell's state: what it and its subshells execute commands with. All strings are byte strings (see
 * `programs/byte-string.ts`), so that lengths, patterns and order are those of the C locale and no byte is lost.
 */
export class Interpreter {
  readonly task: Task
  readonly setup: Setup
  readonly variables: Variables
  jobs: Jobs
  /** `$1`, `$2`, … */
  readonly parameters: readonly string[]
  readonly isSubshell: boolean
  /** The working directory as the shell came to it; undefined where that is not known. */
  directory: string | undefined
  /** Whether it says what a signal has ended; not in a command substitution. */
  reportsDeaths = true
  /** The status of a line, or a subshell, that ends because a parameter is not set that has to be. */
  fatalStatus = NOT_FOUND
  /** Where the commands are written that are being executed. */
  text = new SourceText('')
  /** The line of the command that is being executed, for messages. */
  line = 1
  /** `$?` */
  status = 0
  /** `$!` */
  lastBackground: number | undefined
  /** The status of the last command substitution of the command that is being expanded. */
  substituted: number | undefined
  /** How many loops are under way. */
  loops = 0
  /** Whether standard input was redirected, so that commands in the background read it too. */
  isInputGiven = false
  /** Handles that redirections under way have put aside. */
  readonly aside = new Set<Handle>()
  /** The process group in the foreground, if that is not the shell's own. */
  foreground: number | undefined
  /** Aborted when the line is interrupted; it has no effect in a subshell, which a signal ends. */
  interruption = new AbortController()

  constructor(task: Task, setup: Setup, parameters: readonly string[], from?: Interpreter) {
    this.task = task
    this.setup = setup
    this.parameters = parameters
    this.isSubshell = from !== undefined
    this.variables = from?.variables.copy() ?? Variables.from(task.env, directoryOf(task))
    this.jobs = from?.jobs.ofSubshell() ?? new Jobs()
    this.directory = from === undefined ? directoryOf(task) : from.directory
    if (setup.interactive) this.fatalStatus = 1
    if (from === undefined) return
    this.reportsDeaths = from.reportsDeaths
    this.isInputGiven = from.isInputGiven
    this.text = from.text
    this.line = from.line
    this.status = from.status
    this.lastBackground = from.lastBackground
    this.loops = from.loops
  }

  /** Writes a message to standard error, with the shell's name and the line in front of it. */
  complain(message: string, isSyntaxError = false): Promise<void> {
    const { name, interactive, isArgument } = this.setup
    const where = interactive ? '' : `${isSyntaxError && isArgument ? '-c: ' : ''}line ${this.line}: `
    return this.say(`${name}: ${where}${message}\n`)
  }

  /** Writes to standard error. An error of the write is ignored. */
  async say(message: string): Promise<void> {
    await this.#write(2, message).catch(() => undefined)
  }

  /** Writes to standard output. @throws what writing throws */
  print(text: string): Promise<void> {
    return this.#write(1, text)
  }

  async #write(handle: Handle, text: string): Promise<void> {
    const { signal } = this.interruption
    for (let rest = toBytes(text); rest.length > 0;) {
      rest = rest.subarray(await this.task.writeAsync(handle, rest, { signal }))
    }
  }

  /**
   * Starts a subshell: a task with a copy of all that this one has, which executes what `body` does and ends. It is in
   * this one's process group by default.
   */
  fork(name: string, body: (subshell: Interpreter) => Promise<void>, processGroup?: number): Task {
    const aside = [...this.aside]
    const program: Program = async (task) => {
      for (const handle of aside) task.closeErrno(handle)
      await subshell.toItsEnd(() => body(subshell))
      return subshell.status
    }
    const options = { name: toText(name), ...(processGroup !== undefined && { processGroup }) }
    const child = this.task.kernel.task(this.task.fork(program, options).id)!
    // A copy of this moment: the child starts later.
    const subshell = new Interpreter(child, this.setup, this.parameters, this)
    return child
  }

  /** Executes to the end of a shell that is not interactive, whatever ends it; {@link status} is its status then. */
  async toItsEnd(body: () => Promise<void>): Promise<void> {
    try {
      await body()
    } catch (error) {
      if (this.task.ended !== undefined) throw error
      if (error instanceof Exit) this.status = error.status
      else if (error instanceof Abandon) this.status = error.status
      else if (error instanceof Interrupted) this.status = Interrupted.STATUS
      else if (error instanceof LoopJump) this.status = error.status
      else if (isHandleError(error)) {
        await this.complain(strerror(error))
        this.status = 1
      } else throw error
    }
  }

  /** Whether a user works with this very shell, and not with one whose subshell it is. */
  get isInFront(): boolean {
    return this.setup.interactive && !this.isSubshell
  }

  /** Lets go of what a subshell in parentheses or in the background does not have of its parent's: its loops and jobs. */
  detach(): void {
    this.loops = 0
    this.jobs = new Jobs()
  }

  /** To be called between commands: gives others a turn when it is time, and ends a line that was interrupted, or whose task has ended. */
  async step(): Promise<void> {
    const turn = this.setup.turns.due()
    if (turn !== undefined) await turn
    if (this.interruption.signal.aborted) throw new Interrupted()
    // One that was killed may have no call to make that would tell it.
    if (this.task.ended !== undefined) throw new Ended()
  }
}

function directoryOf(task: Task): string | undefined {
  const path = task.getcwdErrno()
  return typeof path === 'string' ? fromText(path) : undefined
}
