import { type HandleTable, WaitQueue } from '@ht/core'
import { checkInteger } from '../check.js'
import { connectionCalls, connectionWaits, type ConnectionCalls, type ConnectionWaits } from '../calls/connections.js'
import { directoryCalls, type DirectoryCalls } from '../calls/directory.js'
import { install, installGuarded, type ErrnoForms } from '../calls/forms.js'
import { handleCalls, type HandleCalls } from '../calls/handles.js'
import {
  messageCalls,
  messageForms,
  messageWaits,
  type MessageCalls,
  type MessageErrnoForms,
  type MessageWaits,
} from '../calls/messages.js'
import { nameCalls, type NameCalls } from '../calls/paths.js'
import { pipeCalls, type PipeCalls, type PipeMaker } from '../calls/pipe.js'
import { positionCalls, storageCalls, type PositionCalls, type StorageCalls } from '../calls/position.js'
import { socketCalls, type SocketCalls } from '../calls/sockets.js'
import { fstatCall, statusCalls, statusForms, type StatusCalls, type StatusErrnoForms } from '../calls/status.js'
import { streamCalls, type StreamCalls } from '../calls/stream.js'
import { taskCalls, type TaskCalls } from '../calls/task.js'
import { vectorCalls, type VectorCalls } from '../calls/vectors.js'
import { childCalls, streamWaits, type WaitingCalls } from '../calls/async.js'
import { installPromises } from '../calls/promises.js'
import { located } from '../errors.js'
import { ChildOf, type Child } from './child.js'
import { endedError, endTask } from './end.js'
import { setAction, type Signal, type SignalAction } from './signals.js'
import { copyTask, execTask, spawnTask } from './spawn.js'
import type { KernelObject, Registry } from '@ht/core'
import type { SocketFamily } from '@ht/core/socket'
import type { Kernel } from '../kernel.js'
import type { Account, SetLimits } from '../limits.js'
import type { Pace } from '../pace.js'
import type { Tracer } from '../trace/event.js'
import type { Executable, Exit } from './program.js'
import type { SpawnOptions } from './given.js'
import type { CloneOptions, ExecOptions, ForkOptions } from './spawn.js'
import type { Threads, TaskWorker } from './threads.js'
import type { WorkingDirectory } from './working-directory.js'

/**
 * A task makes system calls. It has a number, an owner of a handle table, a working directory, and a program.
 *
 * A call has up to three forms. `read` answers at once, and throws a HandleError that names call, handle and
 * task. `readErrno` takes the same and answers −errno instead of throwing. `readAsync` waits. Once the task has
 * ended, every call fails with ESRCH.
 */
export interface Task
  extends
    StreamCalls,
    ErrnoForms<StreamCalls>,
    VectorCalls,
    ErrnoForms<VectorCalls>,
    PositionCalls,
    ErrnoForms<PositionCalls>,
    StorageCalls,
    ErrnoForms<StorageCalls>,
    HandleCalls,
    ErrnoForms<HandleCalls>,
    PipeCalls,
    ErrnoForms<PipeCalls>,
    SocketCalls,
    ErrnoForms<SocketCalls>,
    ConnectionCalls,
    ErrnoForms<ConnectionCalls>,
    ConnectionWaits,
    MessageCalls,
    ErrnoForms<MessageErrnoForms>,
    MessageWaits,
    NameCalls,
    ErrnoForms<NameCalls>,
    DirectoryCalls,
    ErrnoForms<DirectoryCalls>,
    StatusCalls,
    ErrnoForms<StatusErrnoForms>,
    TaskCalls,
    ErrnoForms<TaskCalls>,
    WaitingCalls {
  /** From 1 on; never given twice by one kernel. */
  readonly id: number
  /** The number of its parent; 0 for the kernel, whose child a task becomes when its parent ends. */
  readonly parent: number
  /** The number of its process group, which is that of the task that leads it, or led it (setpgid(2)). */
  readonly processGroup: number
  /** What `lsof` calls it. */
  readonly name: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** This task's owner of its table. Exec, unshare and the task's end replace it: do not keep it. */
  readonly table: HandleTable
  readonly kernel: Kernel
  /** Aborted when the program ends, with its task or by exec, for what it does besides system calls. */
  readonly signal: AbortSignal
  /** How it ended; undefined until then. */
  readonly ended: Exit | undefined
  /** Fulfilled when it ends. Looking at it is no waiting: a parent still has to `wait`. */
  readonly exited: Promise<Exit>

  /**
   * Starts a program in a child (posix_spawn(3)): it gets this task's handles, but those that are close-on-exec,
   * its working directory, and what the options say. It starts when the current work is done.
   *
   * @throws EINVAL for options that are wrong; EBADF for a handle that is not open; what opening `cwd` gives. Then
   *   there is no child
   */
  spawn(program: Executable, options?: SpawnOptions): Child
  /**
   * Starts a program in a child with a copy of this task's table, close-on-exec handles included, and all else
   * that it has (fork(2)). A running JavaScript function cannot be copied, so the child begins with `program`, and
   * may be given other arguments.
   *
   * @throws EINVAL for options that are wrong; what a kind's hook throws. Then there is no child
   */
  fork(program: Executable, options?: ForkOptions): Child
  /** {@link fork}; with `files` the child shares this task's table (clone(2), CLONE_FILES). */
  clone(program: Executable, options?: CloneOptions): Child
  /**
   * Puts another program in this one's place (execve(2)): a table of its own, without the handles that are
   * close-on-exec; functions set by {@link onSignal} are forgotten, and calls that wait end. The promise never
   * settles; it rejects if exec fails, when nothing has changed. What the old program left behind in JavaScript
   * (a timer, a promise) still runs: look at `signal` there, since its calls are the task's.
   */
  exec(program: Executable, options?: ExecOptions): Promise<never>
  /** Ends the task with a status, of which eight bits count (_exit(2)); throws, so that nothing runs after it. */
  exit(status?: number): never
  /**
   * Says what a signal does to this task from now on, and gives what it did until now (sigaction(2)).
   *
   * @throws EINVAL for an unknown signal, and for KILL
   */
  onSignal(signal: Signal, action: SignalAction): SignalAction
}

/** What a task needs of its kernel. */
export interface TaskHost extends Kernel {
  readonly byId: ReadonlyMap<number, RunningTask>
  /** What programs that the host starts may use, if it does not say otherwise. */
  readonly limits: SetLimits
  readonly registry: Registry | undefined
  readonly root: KernelObject | undefined
  readonly makePipe: PipeMaker | undefined
  /** By domain. */
  readonly families: ReadonlyMap<number, SocketFamily>
  readonly tracer: Tracer | undefined
  readonly pace: Pace
  /** Where programs run that are modules, if anywhere. */
  readonly threads: Threads | undefined
  nextTableId(): number
  /** Makes what a copy of a task's table is the task's own; where that is not the copy itself. */
  adopt?(table: HandleTable): HandleTable
  /** Adds a task to the kernel. @throws ECANCELED when the kernel was closed */
  add(init: TaskInit): RunningTask
  /** A task has ended, and nothing will wait for it any more. */
  forget(task: RunningTask): void
}

/** What a task begins with. It takes over table and working directory. */
export interface TaskInit {
  readonly parent: RunningTask | undefined
  readonly account: Account
  /** The process group to be in; 0 for one of its own, and undefined for its parent's. */
  readonly processGroup: number | undefined
  /** Whether its program is what another task forked, and none that it was executed with. */
  readonly forked: boolean
  readonly name: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly table: HandleTable
  readonly tableId: number
  readonly workingDirectory: WorkingDirectory | undefined
  readonly mask: number
  readonly actions: Map<number, SignalAction>
}

/** A task as the kernel sees it. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- the calls are put on the prototype below
export interface RunningTask extends Task {
  readonly kernel: TaskHost
}

/** A task as the kernel sees it. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- the calls are put on the prototype below
export class RunningTask {
  readonly id: number
  parent: number
  /** The task of the host's that this one descends from, or is. */
  readonly ancestor: number
  /** What it uses together with all that descend from the same one. */
  readonly account: Account
  processGroup: number
  /** Until it is executed with a program, its parent may move it to another process group. */
  forked: boolean
  name: string
  args: readonly string[]
  env: Readonly<Record<string, string>>
  table: HandleTable
  /** Says which tasks share a table. */
  tableId: number
  /** Permission bits that new files do not get. */
  mask: number
  workingDirectory: WorkingDirectory | undefined
  /** Of each signal, what it does, where that is not the default. */
  actions: Map<number, SignalAction>
  /** Those that were started by it, or came to it, and were not waited for. */
  readonly children = new Set<RunningTask>()
  readonly childEnded = new WaitQueue()
  /** Calls that wait. */
  readonly waits = new Set<Promise<unknown>>()
  ended: Exit | undefined = undefined
  readonly exited: Promise<Exit>
  /** Fulfils {@link exited}. */
  settle!: (exit: Exit) => void
  controller = new AbortController()
  /** What runs it, where that is a worker of its own. */
  worker: TaskWorker | undefined = undefined
  /** What the call under way threw, until the form that throws has passed it on. */
  thrown: unknown = undefined
  /** Counts the programs that it has run: only the newest one's end is the task's. */
  program = 0

  constructor(kernel: TaskHost, id: number, init: TaskInit) {
    // Not by a parameter property or a field: the interface declares it already, for the merged type.
    Object.defineProperty(this, 'kernel', { value: kernel })
    this.id = id
    this.parent = init.parent?.id ?? 0
    this.ancestor = init.parent?.ancestor ?? id
    this.account = init.account
    this.processGroup = (init.processGroup ?? init.parent?.processGroup ?? 0) || id
    this.forked = init.forked
    this.name = init.name
    this.args = init.args
    this.env = init.env
    this.table = init.table
    this.tableId = init.tableId
    this.mask = init.mask
    this.workingDirectory = init.workingDirectory
    this.actions = init.actions
    this.exited = new Promise((resolve) => (this.settle = resolve))
    init.parent?.children.add(this)
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  spawn(program: Executable, options?: SpawnOptions): Child {
    return new ChildOf(this, spawnTask(this.kernel, this, program, options))
  }

  fork(program: Executable, options?: ForkOptions): Child {
    return new ChildOf(this, copyTask(this, program, options, 'fork'))
  }

  clone(program: Executable, options?: CloneOptions): Child {
    return new ChildOf(this, copyTask(this, program, options, 'clone'))
  }

  exec(program: Executable, options?: ExecOptions): Promise<never> {
    return execTask(this, program, options)
  }

  exit(status = 0): never {
    if (this.ended === undefined) {
      checkInteger(status, 'status')
      endTask(this, { status: status & 255 })
    }
    throw located(endedError(this), this, 'exit')
  }

  onSignal(signal: Signal, action: SignalAction): SignalAction {
    return setAction(this, signal, action)
  }
}

for (const family of [streamCalls, messageCalls, positionCalls, fstatCall]) install(RunningTask.prototype, family)
for (const family of [
  vectorCalls,
  storageCalls,
  handleCalls,
  pipeCalls,
  socketCalls,
  connectionCalls,
  nameCalls,
  directoryCalls,
  statusCalls,
  taskCalls,
]) {
  installGuarded(RunningTask.prototype, family)
}
for (const family of [streamWaits, connectionWaits, messageWaits]) installPromises(RunningTask.prototype, family)
Object.assign(RunningTask.prototype, statusForms, messageForms, childCalls)
