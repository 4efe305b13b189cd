import {
  createRegistry,
  DirectoryOps,
  errorFrom,
  HandleError,
  openObjectOf,
  type KernelObject,
  type Kinds,
  type Registry,
} from '@ht/core'
import { familiesOf } from './calls/sockets.js'
import { checkFunction, checkInteger, checkOptions, invalid, type OptionNames } from './check.js'
import { listTasks, type LsofTask } from './lsof.js'
import { setLimits, type Limits, type SetLimits } from './limits.js'
import { Pace } from './pace.js'
import { run, type RunOptions, type RunResult } from './run.js'
import { stdioKind } from './stdio/stdio-kind.js'
import { endTask } from './task/end.js'
import { sendSignal, signalOf, SIGKILL, type Signal } from './task/signals.js'
import { isObject } from './task/given.js'
import { spawnTask } from './task/spawn.js'
import { RunningTask, type Task, type TaskHost, type TaskInit } from './task/task.js'
import { LocalTracer } from './trace/local-tracer.js'
import { TracedTask } from './trace/traced-task.js'
import type { SocketFamily } from '@ht/core/socket'
import type { PipeMaker } from './calls/pipe.js'
import type { SpawnOptions } from './task/given.js'
import type { Executable, Exit } from './task/program.js'
import type { Threads } from './task/threads.js'
import type { Trace } from './trace/event.js'

/** Options of {@link createKernel}. */
export interface KernelOptions {
  /**
   * The kinds whose objects its tasks' tables accept. The kernel's own kind for standard input and output is added
   * to them. Defaults to any kind.
   */
  readonly kinds?: Kinds
  /**
   * The root of all paths: any object with `DirectoryOps`. The kernel takes over the reference. If omitted, every path
   * fails with ENOENT.
   */
  readonly root?: KernelObject
  /** Makes the two ends of a pipe: `createPipe` of `@ht/pipe` or a similar function. If omitted, `pipe2` fails with ENOSYS. */
  readonly pipe?: PipeMaker
  /**
   * Families of sockets, such as `createLocalSockets()` of `@ht/socket` and `createTcpSockets()` of `@ht/socket/tcp`,
   * one for each domain. In other domains `socket` and `socketpair` fail with EAFNOSUPPORT. `kinds` must include theirs.
   */
  readonly sockets?: readonly SocketFamily[]
  /**
   * Runs tasks in workers, whose programs are names or modules. Made by `createThreads` of `@ht/kernel/threads`, for one
   * kernel. All tables are then in shared memory.
   */
  readonly threads?: Threads
  /**
   * Called with each call of each task, like strace. An error that it throws does not affect the task: it is thrown again
   * when the current work is done, as an uncaught error of the host. Costs nothing if omitted.
   */
  readonly trace?: Trace
  /** The most bytes of a call's arguments that the trace gets: 0 to 2^30. Defaults to 65,536. */
  readonly traceBytes?: number
  /** Limits of each program that the host starts, together with all that it starts. `spawn` and `run` can override them. */
  readonly limits?: Limits
}

const KERNEL_OPTIONS: OptionNames<KernelOptions> = {
  kinds: true,
  root: true,
  pipe: true,
  sockets: true,
  threads: true,
  trace: true,
  traceBytes: true,
  limits: true,
}

/** As much as a pipe holds. */
const DEFAULT_TRACE_BYTES = 65_536

/** Tasks, with the kinds, the root and the pipes that they share. */
export interface Kernel {
  /**
   * Starts a task of the host, with nothing open except what the options give it. It starts when the current work
   * is done. The kernel forgets it when it ends; `task.exited` tells how.
   *
   * @throws EINVAL for options that are wrong; what opening `cwd` gives; ECANCELED when the kernel was closed
   */
  spawn(program: Executable, options?: SpawnOptions): Task
  /**
   * Runs a program to its end and returns its output. Whatever happens, nothing of it stays: its descendants are
   * killed, and everything that they had open is closed.
   */
  run(program: Executable, options?: RunOptions): Promise<RunResult>
  /** The task with a number, including a task that has ended and was not waited for. */
  task(id: number): Task | undefined
  /** All such tasks, in the order of their numbers. */
  tasks(): Task[]
  /**
   * Sends a signal, TERM by default (kill(2)): to a task, to all tasks of a process group (−group), or to all tasks (−1).
   * Signal 0 only checks that there is such a task. @throws ESRCH; EINVAL for an unknown signal
   */
  kill(id: number, signal?: Signal): void
  /** What each task has open, as data; `formatLsof` makes a table of it. */
  lsof(): LsofTask[]
  /**
   * Kills all tasks and releases the root. Nothing can be started afterwards; closing twice does nothing. The promise
   * fulfils when all workers have ended, with the exits of tasks whose workers cannot be ended (see `graceMs` of
   * `createThreads`), usually none. It never rejects, and need not be awaited.
   */
  close(): PromiseLike<readonly Exit[]>
  /** The same as {@link close}, for `using`, which does not wait. */
  [Symbol.dispose](): void
}

/**
 * Makes a kernel.
 *
 * @example
 * const tree = createMemoryTree()
 * const kernel = createKernel({ kinds: [pipeKind, ...memoryKinds], root: tree.root(), pipe: createPipe })
 * const { status, text } = await kernel.run(async (task) => {
 *   await task.writeAsync(1, new TextEncoder().encode('hello\n'))
 * })
 * @throws EINVAL that names a wrong option; EEXIST if two kinds have the same name. The caller then keeps the root
 */
export function createKernel(options: KernelOptions = {}): Kernel {
  checkOptions(options, KERNEL_OPTIONS)
  const { kinds, root, pipe, sockets = [], threads, trace, traceBytes } = options
  if (pipe !== undefined) checkFunction(pipe, 'options.pipe')
  if (trace !== undefined) checkFunction(trace, 'options.trace')
  if (traceBytes !== undefined) checkInteger(traceBytes, 'options.traceBytes', 0, 2 ** 30)
  if (threads !== undefined && typeof (threads as Partial<Threads> | null)?.begin !== 'function') {
    throw invalid('options.threads', 'what createThreads makes', threads)
  }
  const families = familiesOf(sockets, threads?.sockets)
  const registry = kinds === undefined ? undefined : Array.isArray(kinds) ? createRegistry(kinds) : (kinds as Registry)
  if (registry !== undefined) {
    if (typeof (registry as Partial<Registry> | null)?.register !== 'function') {
      throw invalid('options.kinds', 'a registry or a list of kinds', kinds)
    }
    registry.register(stdioKind)
  }
  if (root !== undefined) checkRoot(root, registry)
  const kernel = new RunningKernel(registry, families, options)
  threads?.begin(kernel)
  return kernel
}

class RunningKernel implements TaskHost {
  readonly registry: Registry | undefined
  readonly threads: Threads | undefined
  readonly #pipe: PipeMaker | undefined
  readonly families: ReadonlyMap<number, SocketFamily>
  readonly tracer: LocalTracer | undefined
  readonly limits: SetLimits
  readonly pace = new Pace()
  readonly byId = new Map<number, RunningTask>()
  root: KernelObject | undefined
  #isClosed = false
  #closed: Promise<readonly Exit[]> | undefined
  #lastTask = 0
  #lastTable = 0

  static {
    const symbol = (Symbol as { dispose?: symbol }).dispose ?? Symbol.for('Symbol.dispose')
    Object.defineProperty(this.prototype, symbol, { value: this.prototype.close })
  }

  declare [Symbol.dispose]: () => void

  constructor(
    registry: Registry | undefined,
    families: ReadonlyMap<number, SocketFamily>,
    { root, pipe, trace, traceBytes = DEFAULT_TRACE_BYTES, threads, limits }: KernelOptions,
  ) {
    this.limits = setLimits(limits)
    this.registry = registry
    this.families = families
    this.root = root
    this.threads = threads
    this.#pipe = pipe
    this.tracer = trace && new LocalTracer(trace, traceBytes)
  }

  spawn(program: Executable, options?: SpawnOptions): Task {
    return spawnTask(this, undefined, program, options)
  }

  get makePipe(): PipeMaker | undefined {
    return this.threads?.makePipe ?? this.#pipe
  }

  run(program: Executable, options?: RunOptions): Promise<RunResult> {
    return run(this, program, options)
  }

  task(id: number): Task | undefined {
    return this.byId.get(id)
  }

  tasks(): Task[] {
    return [...this.byId.values()]
  }

  kill(id: number, signal: Signal = 'TERM'): void {
    const result = sendSignal(this, id, signal)
    if (result < 0) throw errorFrom(result, { syscall: 'kill' })
  }

  lsof(): LsofTask[] {
    return listTasks(this.byId.values())
  }

  close(): Promise<readonly Exit[]> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  #close(): Promise<readonly Exit[]> {
    this.#isClosed = true
    // Children become the kernel's when their parent ends, so that none is passed over.
    for (const task of this.byId.values()) endTask(task, { status: 128 + SIGKILL, signal: signalOf(SIGKILL) })
    this.byId.clear()
    const closed = this.threads?.close() ?? Promise.resolve([])
    const { root } = this
    this.root = undefined
    root?.release()
    return closed
  }

  nextTableId(): number {
    return ++this.#lastTable
  }

  add(init: TaskInit): RunningTask {
    if (this.#isClosed) throw new HandleError('ECANCELED', { text: 'the kernel was closed', syscall: 'spawn' })
    const task = new (this.tracer === undefined ? RunningTask : TracedTask)(this, ++this.#lastTask, init)
    this.byId.set(task.id, task)
    task.account.tasks++
    return task
  }

  forget(task: RunningTask): void {
    if (this.byId.delete(task.id)) task.account.tasks--
  }
}

function checkRoot(root: KernelObject, registry: Registry | undefined): void {
  if (!isObject(root)) throw invalid('options.root', 'a KernelObject', root)
  const { kind } = openObjectOf(root)
  if (kind.methods[DirectoryOps.name] === undefined || registry?.accepts(kind) === false) {
    throw invalid('options.root', 'a directory of one of options.kinds', kind.name)
  }
}
