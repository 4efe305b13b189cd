import { fromText, toText } from '../libc/byte-string.js'
import { Abandon, Exit, Interrupted } from './flow.js'
import { noticesOf } from './jobs/report.js'
import { Interpreter } from './interpreter.js'
import { runner } from './run/list.js'
import { execute } from './run/text.js'
import { Turns } from './turns.js'
import type { Task } from '@ht/kernel'
import type { Programs } from './interpreter.js'

/** How a shell is made. */
export interface ShellOptions {
  /** What commands are looked up in, after the shell's own. */
  readonly programs: Programs
  /** What `help` tells of a program: a line of usage, and sentences. Nothing if omitted. */
  readonly help?: (program: string) => string | undefined
  /** `$0`, and what its messages begin with. Defaults to `htsh`. */
  readonly name?: string
  /** `$1`, `$2`, …. Defaults to none. */
  readonly args?: readonly string[]
  /**
   * Whether a person uses it: pipelines are in process groups of their own then, so that {@link Shell.interrupt}
   * ends one, jobs are told of, and a mistake ends a line and not the shell. Defaults to true.
   */
  readonly interactive?: boolean
  /** Whether it executes the argument of `-c`, which messages of its syntax errors say. Defaults to false. */
  readonly isArgument?: boolean
}

/** A shell in a task: it reads from, writes to and changes what that task has. */
export class Shell {
  readonly #interpreter: Interpreter
  #exiting: number | undefined
  #isRunning = false

  /** The shell uses the task's handles, its directory and its children; the task stays the caller's. */
  constructor(task: Task, options: ShellOptions) {
    const { programs, help = () => undefined, name = 'htsh', args = [], interactive = true, isArgument = false } = options
    const setup = { programs, help, name: fromText(name), interactive, isArgument, shell: task.id, turns: new Turns(), runner }
    this.#interpreter = new Interpreter(task, setup, args.map(fromText))
  }

  get task(): Task {
    return this.#interpreter.task
  }

  get programs(): Programs {
    return this.#interpreter.setup.programs
  }

  /** `$?` */
  get lastStatus(): number {
    return this.#interpreter.status
  }

  /** The status that the shell is to end with, once `exit` was called. */
  get exiting(): number | undefined {
    return this.#exiting
  }

  /**
   * Executes a text of commands, one line or many: the status of the last. To be called again when it has settled.
   * Whatever happens, the task has the same handles then as before.
   *
   * @throws ESRCH when the task is ended meanwhile
   */
  async run(source: string): Promise<number> {
    const shell = this.#interpreter
    shell.interruption = new AbortController()
    this.#isRunning = true
    try {
      await execute(shell, fromText(source))
    } catch (error) {
      if (shell.task.ended !== undefined) throw error
      if (error instanceof Exit) this.#exiting = shell.status = error.status
      else if (error instanceof Abandon) {
        shell.status = error.status
        if (!shell.setup.interactive) this.#exiting = shell.status
      } else if (error instanceof Interrupted) shell.status = Interrupted.STATUS
      else throw error
    } finally {
      this.#isRunning = false
    }
    return shell.status
  }

  /** What has become of jobs in the background since this was last asked: lines, each with its end, to be shown before the next prompt. */
  notices(): string[] {
    return noticesOf(this.#interpreter).map(toText)
  }

  /**
   * Ctrl-C: INT to the process group in the foreground. Where there is none, the line is given up; between lines,
   * `$?` becomes 130.
   */
  interrupt(): void {
    const { foreground, task, interruption } = this.#interpreter
    const isThere =
      foreground !== undefined && task.kernel.tasks().some((it) => it.processGroup === foreground && it.ended === undefined)
    if (isThere) task.killErrno(-foreground, 'INT')
    else if (this.#isRunning) interruption.abort(new Interrupted())
    else this.#interpreter.status = Interrupted.STATUS
  }
}
