import { HandleError, type HandleTable, type KernelObject, type Registry } from '@ht/core'
import { memoryToken, share, viewTable, type SharedMemory, type TableToken } from '@ht/core/shared'
import { Account, type SetLimits } from '../limits.js'
import { Pace } from '../pace.js'
import { endTask, type Ending } from '../task/end.js'
import { raise, type SignalAction } from '../task/signals.js'
import { start } from '../task/spawn.js'
import { WorkingDirectory } from '../task/working-directory.js'
import { IoFamily } from '../threads/io-family.js'
import { CONTROL, ROOT, WORKING_DIRECTORY, type RunMessage, type TableName } from '../threads/protocol.js'
import { ControlClient } from './control.js'
import { ControlledFamilies } from './families.js'
import { findProgram, type WorkerPrograms } from './programs.js'
import { RingTracer } from '../trace/ring-tracer.js'
import { TracedWorkerTask } from './traced-worker-task.js'
import { WorkerRunningTask } from './worker-task.js'
import type { SocketFamily } from '@ht/core/socket'
import type { PipeMaker } from '../calls/pipe.js'
import type { LsofTask } from '../lsof.js'
import type { Executable } from '../task/program.js'
import type { RunningTask, Task, TaskHost } from '../task/task.js'
import type { Threads } from '../task/threads.js'

/** What a worker brings with it. */
export interface WorkerHostOptions {
  readonly memory: SharedMemory
  readonly registry: Registry | undefined
  /** Makes a pipe that lives in the memory; without it, pipes are made in the kernel's thread. */
  readonly pipe: ((memory: SharedMemory) => ReturnType<PipeMaker>) | undefined
  /** Programs that can be started by their names. */
  readonly programs: WorkerPrograms
  /** Writes down how the task has ended, and ends the thread. */
  leave(ending: Ending): void
}

/** The kernel, as the one task of a worker's program has it. */
export class WorkerHost implements TaskHost {
  readonly memory: SharedMemory
  readonly registry: Registry | undefined
  readonly control: ControlClient
  readonly root: KernelObject | undefined
  readonly families: ReadonlyMap<number, SocketFamily>
  readonly tracer: RingTracer | undefined
  readonly limits: SetLimits
  readonly pace = new Pace()
  readonly byId = new Map<number, RunningTask>()
  /** Modules run in workers, here as elsewhere; the kernel starts them. */
  readonly threads = {} as Threads
  readonly makePipe: PipeMaker
  readonly programs: WorkerPrograms
  readonly #options: WorkerHostOptions
  readonly #objects: HandleTable
  readonly #told = new Set<number>()
  #tableId: number

  constructor(options: WorkerHostOptions, message: RunMessage) {
    const { memory, registry, pipe, programs } = options
    const { io } = message
    this.#options = options
    this.memory = memory
    this.registry = registry
    this.limits = message.limits
    this.programs = programs
    this.#objects = viewTable(message.control)
    this.control = new ControlClient(this.#objects.get(CONTROL)!, memory)
    this.root = this.#objects.get(ROOT)
    const table = io && viewTable(io.table)
    this.families = new ControlledFamilies(this.control, io && new IoFamily(io.domains, () => ({ memory, table: table! })))
    this.#tableId = message.tableId
    this.makePipe = pipe === undefined ? () => pairOf(this.control.pipe()) : () => pipe(memory)
    this.tracer = message.trace && new RingTracer(memory, message.trace)
  }

  /** The task that was asked for. */
  makeTask(message: RunMessage): WorkerRunningTask {
    const directory = this.#objects.get(WORKING_DIRECTORY)
    const task = new (this.tracer === undefined ? WorkerRunningTask : TracedWorkerTask)(
      this,
      message.task,
      {
        parent: undefined,
        account: new Account(this.limits),
        processGroup: message.processGroup,
        forked: message.forked,
        name: message.name,
        args: Object.freeze(message.args),
        env: Object.freeze(message.env),
        table: viewTable(message.table),
        tableId: message.tableId,
        workingDirectory: directory && new WorkingDirectory(directory),
        mask: message.mask,
        actions: new Map(message.ignored.map((signal) => [signal, 'ignore'])),
      },
      message.parent,
      message.processGroup,
    )
    this.byId.set(task.id, task)
    task.worker = { stop: (ending) => this.#leave(ending), keeps: () => true }
    this.memory.waits.tellSignals((signals) => {
      for (let signal = 1; signal < 32; signal++) if (((signals >> signal) & 1) === 1) this.#raise(task, signal)
    })
    return task
  }

  /** Runs the task's first program, which is looked up first. */
  async load(task: WorkerRunningTask, program: Executable): Promise<void> {
    try {
      start(task, await findProgram(this.programs, program))
    } catch (error) {
      endTask(task, { status: 1, error })
    }
  }

  /** Passes an object to the kernel by a number that both know. */
  place(number: number, object: KernelObject): void {
    this.#objects.replace(number, object)
  }

  adopt(table: HandleTable): HandleTable {
    return this.#handOver(table, (name) => this.control.ask('adopt', name))
  }

  /**
   * Another program takes the place of the task's, with this table if the task is to leave the one that it has: the
   * table that the task has then. @throws what the kernel refuses it for; nothing has changed then
   */
  exec(
    name: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    table: HandleTable | undefined,
  ): HandleTable | undefined {
    if (table !== undefined) return this.#handOver(table, (to) => this.control.ask('exec', name, args, env, to))
    this.control.ask('exec', name, args, env, undefined)
    return undefined
  }

  nextTableId(): number {
    return this.#tableId
  }

  tellAction(number: number, action: SignalAction): void {
    this.control.ask('act', number, typeof action === 'function' ? 'function' : action)
    if (action === 'default') this.#told.delete(number)
    else this.#told.add(number)
  }

  toldActions(): number[] {
    return [...this.#told]
  }

  // ── What programs ask of `task.kernel` ──────────────────────────────────────────────────────────

  lsof(): LsofTask[] {
    return this.control.ask('lsof') as LsofTask[]
  }

  kill(id: number, signal: Parameters<TaskHost['kill']>[1] = 'TERM'): void {
    this.control.ask('kill', id, signal)
  }

  task(id: number): Task | undefined {
    return this.byId.get(id)
  }

  tasks(): Task[] {
    return [...this.byId.values()]
  }

  spawn(): never {
    throw notHere('spawn')
  }

  run(): never {
    throw notHere('run')
  }

  add(): never {
    throw notHere('spawn')
  }

  forget(): void {
    // The kernel knows of tasks; here is only the one.
  }

  close(): never {
    throw notHere('close')
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** The task has ended. In a page the program may run on for a moment: its calls fail then. */
  #leave(ending: Ending): false {
    this.#options.leave(ending)
    return false
  }

  /** The kernel owns a table from now on, which this thread has made; a way to use it. */
  #handOver(table: HandleTable, ask: (name: TableName) => number): HandleTable {
    const { table: entry, tableId } = share(table)
    const token: TableToken = { ...memoryToken(this.memory), type: 'ht table', table: entry, tableId }
    const view = viewTable(token)
    try {
      this.#tableId = ask({ table: entry, tableId })
    } catch (error) {
      view.dispose()
      throw error
    }
    table.dispose()
    return view
  }

  /** Raises a signal that the kernel has sent, and has told the trace of. */
  #raise(task: WorkerRunningTask, signal: number): void {
    if (this.tracer !== undefined) this.tracer.isSignalTold = true
    try {
      raise(task, signal)
    } finally {
      if (this.tracer !== undefined) this.tracer.isSignalTold = false
    }
  }
}

function pairOf(pair: readonly [KernelObject, KernelObject] | number): ReturnType<PipeMaker> {
  if (typeof pair === 'number') throw new HandleError('ENOSYS', { text: 'the kernel makes no pipes' })
  const [reader, writer] = pair
  return { reader, writer }
}

function notHere(call: string): HandleError {
  return new HandleError('ENOTSUP', { text: `kernel.${call} is the host's, in the kernel's own thread`, syscall: call })
}
