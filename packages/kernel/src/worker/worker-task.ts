import { errorFrom, referenceTo, type HandleTable, type KernelObject, type WaitOptions } from '@ht/core'
import { share } from '@ht/core/shared'
import { streamWaits } from '../calls/async.js'
import { connectionWaits } from '../calls/connections.js'
import { failed } from '../calls/forms.js'
import { tableOf } from '../calls/lookup.js'
import { messageWaits } from '../calls/messages.js'
import { promiseOf } from '../calls/promises.js'
import { checkRoom } from '../calls/room.js'
import { same, type WaitingCall, type Within } from '../calls/waiting-call.js'
import { checkOptions, invalid } from '../check.js'
import { EAGAIN } from '../errno.js'
import { located } from '../errors.js'
import { tableFor, releaseGiven, SPAWN_OPTIONS, type SpawnOptions } from '../task/given.js'
import { keepIgnored, type Signal, type SignalAction } from '../task/signals.js'
import {
  checkExec,
  CLONE_OPTIONS,
  directoryFor,
  endCalls,
  EXEC_OPTIONS,
  FORK_OPTIONS,
  limitsOf,
  start,
  type CloneOptions,
  type ExecOptions,
  type ForkOptions,
} from '../task/spawn.js'
import { disposeQuietly } from '../task/tables.js'
import { referenceOf, type Executable, type Exit, type Program } from '../task/program.js'
import { ChildOf, type Child, type ChildNumber } from '../task/child.js'
import { RunningTask, type Task, type TaskInit } from '../task/task.js'
import { errorFromReport, loadError } from '../threads/error-text.js'
import { WORKING_DIRECTORY } from '../threads/protocol.js'
import { findProgram } from './programs.js'
import { blocking, installBlocking, type SyncCalls } from './blocking.js'
import type { WorkerHost } from './worker-host.js'

/**
 * A task as its program in a worker has it: the calls of any task, and those that block. Anything but a call on a handle
 * (other tasks, signals, its end) is the kernel's business, which it asks in its own thread.
 */
export interface WorkerTask extends Task, SyncCalls {}

/** {@link WorkerTask}, as the worker's side of the kernel has it. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- the calls are put on the prototype below
export interface WorkerRunningTask extends SyncCalls {
  readonly kernel: WorkerHost
}

/** {@link WorkerTask}, as the worker's side of the kernel has it. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- the calls are put on the prototype below
export class WorkerRunningTask extends RunningTask {
  constructor(host: WorkerHost, id: number, init: TaskInit, parent: number, processGroup: number) {
    super(host, id, init)
    this.parent = parent
    this.processGroup = processGroup
  }

  override spawn(program: Executable, options: SpawnOptions = {}): Child {
    checkRoom()
    try {
      const { name, args, env } = checkExec(this.kernel, limitsOf(this.kernel, this, options), program, options, SPAWN_OPTIONS)
      const directory = directoryFor(this.kernel, this, options.cwd)
      let table: HandleTable | undefined
      try {
        table = tableFor(this.kernel, this, options)
        return this.#start(program, { name, args, env: env ?? this.env }, options, table, {
          directory: directory?.object,
          forked: false,
        })
      } finally {
        directory?.leave()
        table?.dispose()
      }
    } catch (error) {
      releaseGiven(options)
      throw located(error, this, 'spawn')
    }
  }

  override fork(program: Executable, options: ForkOptions = {}): Child {
    return this.#copy('fork', program, options, () => tableOf(this).deepClone())
  }

  override clone(program: Executable, options: CloneOptions = {}): Child {
    // Options that are not an object are refused there.
    if ((options as CloneOptions | null)?.files !== true)
      return this.#copy('clone', program, options, () => tableOf(this).deepClone())
    return this.#copy('clone', program, options)
  }

  override async exec(program: Executable, options: ExecOptions = {}): Promise<never> {
    checkRoom()
    try {
      tableOf(this)
      checkOptions(options, EXEC_OPTIONS)
      const {
        name,
        args,
        env = this.env,
      } = checkExec(this.kernel, this.kernel.limits, program, { ...options, worker: typeof program !== 'function' }, EXEC_OPTIONS)
      const { signal } = this
      const found = await findProgram(this.kernel.programs, program).catch((error: unknown) => {
        throw loadError(error)
      })
      // Another one of its calls may have ended the task, or replaced the program, meanwhile.
      signal.throwIfAborted()
      this.#replace(found, name, args, env)
    } catch (error) {
      throw located(error, this, 'exec')
    }
    return new Promise<never>(() => undefined)
  }

  override onSignal(signal: Signal, action: SignalAction): SignalAction {
    const before = super.onSignal(signal, action)
    for (const [number, set] of this.actions) this.kernel.tellAction(number, set)
    for (const number of this.kernel.toldActions()) if (!this.actions.has(number)) this.kernel.tellAction(number, 'default')
    return before
  }

  override wait(child?: ChildNumber, options?: WaitOptions): Promise<Exit> {
    return promiseOf(this, this.#wait(child, options))
  }

  waitSync(child?: ChildNumber, options?: WaitOptions): Exit {
    return blocking(this, this.#wait(child, options))
  }

  override tryWait(child?: ChildNumber): Exit | undefined {
    tableOf(this)
    const number = childNumber(child)
    return this.kernel.control.childEnded(number) === -EAGAIN ? undefined : this.#reap(number)
  }

  /** @throws when it cannot be; nothing has changed then */
  #replace(program: Program, name: string, args: readonly string[], env: Readonly<Record<string, string>>): void {
    const own = this.table
    const copy = own.isSoleOwner() ? undefined : own.deepClone()
    try {
      this.table = this.kernel.exec(name, args, env, copy) ?? own
    } catch (error) {
      if (copy !== undefined) disposeQuietly(copy)
      throw error
    }
    // From here on nothing fails.
    if (copy !== undefined) {
      this.tableId = this.kernel.nextTableId()
      own.dispose()
    }
    this.table.closeOnExec()
    this.actions = keepIgnored(this.actions)
    this.name = name
    this.args = args
    this.env = env
    endCalls(this)
    start(this, program)
  }

  /** A child with all that this task has; with its table too where none is given. */
  #copy(syscall: 'fork' | 'clone', program: Executable, options: CloneOptions, copyTable?: () => HandleTable): Child {
    checkRoom()
    try {
      const { name, args: given } = checkExec(
        this.kernel,
        this.kernel.limits,
        program,
        options,
        syscall === 'clone' ? CLONE_OPTIONS : FORK_OPTIONS,
      )
      const own = tableOf(this)
      const table = copyTable?.()
      try {
        const directory = this.workingDirectory?.object
        const { env } = this
        const args = options.args === undefined ? this.args : given
        return this.#start(program, { name, args, env }, options, table ?? own, {
          directory,
          forked: true,
          shared: table === undefined,
        })
      } finally {
        table?.dispose()
      }
    } catch (error) {
      throw located(error, this, syscall)
    }
  }

  #start(
    program: Executable,
    { name, args, env }: { name: string; args: readonly string[]; env: Readonly<Record<string, string>> },
    { processGroup }: { readonly processGroup?: number },
    table: HandleTable,
    { directory, forked, shared = false }: { directory: KernelObject | undefined; forked: boolean; shared?: boolean },
  ): Child {
    const { kernel } = this
    const reference = referenceOf(program)
    if (directory !== undefined) kernel.place(WORKING_DIRECTORY, referenceTo(directory))
    const { table: entry, tableId } = share(table)
    const id = kernel.control.ask('start', {
      program: reference,
      forked,
      name,
      args,
      env,
      processGroup,
      table: { table: entry, tableId },
      shared,
      hasDirectory: directory !== undefined,
      mask: this.mask,
      ignored: [...keepIgnored(this.actions).keys()],
    })
    return new ChildOf(this, { id, name, args, env })
  }

  #wait(child: ChildNumber | undefined, options: WaitOptions | undefined): WaitingCall<Exit, Exit> {
    const number = childNumber(child)
    const work = (within: Within) => {
      const ended = this.kernel.control.untilChildEnded(number, within)
      return ended instanceof Promise ? ended.then(() => this.#reap(number)) : this.#reap(number)
    }
    return { name: 'wait', args: [number], handle: undefined, options, work, shape: same }
  }

  #reap(child: number | undefined): Exit {
    const reaped = this.kernel.control.ask('reap', child)
    if (typeof reaped === 'number') throw errorFrom(reaped, { syscall: 'wait', task: this.id })
    return { ...reaped, signal: reaped.signal, error: errorFromReport(reaped.error) }
  }
}

for (const family of [streamWaits, connectionWaits, messageWaits]) installBlocking(WorkerRunningTask.prototype, family)
Object.assign(WorkerRunningTask.prototype, {
  killErrno(this: WorkerRunningTask, id: number, signal: Signal) {
    return asked(this, () => this.kernel.control.ask('kill', id, signal))
  },
  setpgidErrno(this: WorkerRunningTask, id: number, group: number) {
    return asked(this, () => this.kernel.control.ask('setpgid', id, group))
  },
})

function asked(task: RunningTask, ask: () => number): number {
  try {
    tableOf(task)
    return ask()
  } catch (error) {
    return failed(task, error)
  }
}

function childNumber(child: ChildNumber | undefined): number | undefined {
  const number = typeof child === 'object' ? (child as { id: number } | null)?.id : child
  if (child !== undefined && typeof number !== 'number') throw invalid('child', 'a task or its number', child)
  return number
}
