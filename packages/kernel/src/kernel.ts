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

/** How a kernel is made. */
export interface KernelOptions {
  /**
   * The kinds whose objects its tasks' tables take; the kernel's own kind for standard input and output is added
   * to them. Without it, any.
   */
  readonly kinds?: Kinds
  /**
   * The root of all paths: any object that can do what `DirectoryOps` says. The kernel takes it over. Without it
   * no path leads anywhere (ENOENT).
   */
  readonly root?: KernelObject
  /** Makes the two ends of a pipe: `createPipe` of `@ht/pipe`, or one like it. Without it `pipe2` is ENOSYS. */
  readonly pipe?: PipeMaker
  /**
   * Families of sockets, such as `createLocalSockets()` of `@ht/socket` and `createTcpSockets()` of `@ht/socket/tcp`,
   * one for each domain; without one for it, `socket` and `socketpair` are EAFNOSUPPORT. `kinds` has to take theirs.
   */
  readonly sockets?: readonly SocketFamily[]
  /**
   * Runs tasks in workers, whose programs are named or are modules: `createThreads` of `@ht/kernel/threads` makes it, for
   * one kernel. All tables are in memory that threads share then.
   */
  readonly threads?: Threads
  /**
   * Is told of each call of each task, like strace. What it throws changes nothing for the task: it is thrown again when
   * the current work is done, as an uncaught error of the host's. Costs nothing where it is left out.
   */
  readonly trace?: Trace
  /** How many bytes of the arguments of a call the trace is told at most; 65,536 if omitted. */
  readonly traceBytes?: number
  /** What a program that the host starts may use with all that it starts; `spawn` and `run` may say otherwise. */
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

/** Tasks, and what they share: kinds, a root, and a way to make pipes. */
export interface Kernel {
  /**
   * Starts a task of the host's, with nothing open but what the options give it. It starts when the current work
   * is done, and is gone when it ends: `task.exited` says how.
   *
   * @throws EINVAL for options that are wrong; what opening `cwd` gives; ECANCELED when the kernel was closed
   */
  spawn(program: Executable, options?: SpawnOptions): Task
  /**
   * Runs a program to its end and gives its output. Whatever happens, nothing of it is left then: its children are
   * killed, and all that they had open is closed.
   */
  run(program: Executable, options?: RunOptions): Promise<RunResult>
  /** The task of a number, also one that has ended and was not waited for. */
  task(id: number): Task | undefined
  /** All such tasks, by their numbers. */
  tasks(): Task[]
  /**
   * Sends a signal, TERM by default, to a task, with −group to all tasks of a process group, with −1 to all tasks;
   * signal 0 only asks whether there is such a task (kill(2)). @throws ESRCH; EINVAL for an unknown signal
   */
  kill(id: number, signal?: Signal): void
  /** What each task has open, as data; `formatLsof` makes a table of it. */
  lsof(): LsofTask[]
  /**
   * Kills all tasks and gives the root back. Then nothing can be started; closing twice does nothing. The promise is
   * fulfilled when all workers have ended, with how the tasks ended whose workers cannot be (see `graceMs` of
   * `createThreads`): an empty list as a rule. It is never rejected, and nothing has to wait for it.
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
 * @throws EINVAL that names an option that is wrong; EEXIST when two kinds have one name. The root is the caller's then
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
