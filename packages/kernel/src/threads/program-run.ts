import { HandleError, referenceTo, type HandleTable, type KernelObject } from '@ht/core'
import { attach, createSharedTable, memoryToken, share, type SharedMemory, type TableToken } from '@ht/core/shared'
import { checkInteger } from '../check.js'
import { EAFNOSUPPORT, ENOTSUP } from '../errno.js'
import { endTask, ignore, type Ending } from '../task/end.js'
import { setGroup } from '../task/groups.js'
import { keepIgnored, sendSignal, SIGKILL, signalOf } from '../task/signals.js'
import { checkTexts } from '../task/spawn.js'
import { disposeQuietly } from '../task/tables.js'
import { peek, reap } from '../task/reap.js'
import { TraceBudget } from '../trace/budget.js'
import { traced } from '../trace/event.js'
import { longestMessage } from '../trace/messages.js'
import { TraceReader } from '../trace/trace-reader.js'
import { startedBy } from './started-by.js'
import { controlKind, type Control } from './control-kind.js'
import { reportOf } from './error-text.js'
import { createExitRecord, exitLeft, hasLeft } from './exit-record.js'
import { CONTROL, ROOT, WORKING_DIRECTORY, type Requests, type RunMessage, type TableName } from './protocol.js'
import type { SocketFamily } from '@ht/core/socket'
import type { Exit, ProgramReference } from '../task/program.js'
import type { RunningTask } from '../task/task.js'
import type { LocalTracer } from '../trace/local-tracer.js'
import type { IoWorker } from './io-worker.js'

/** What the threads of a kernel know of each other. */
export interface ProgramRunHost {
  readonly memory: SharedMemory
  readonly kindsModule: string | undefined
  readonly io: IoWorker | undefined
}

/**
 * A task that runs in a worker, as the kernel's thread sees it: it owns the task's table, and answers what the worker
 * asks. It ends with the program.
 */
export class ProgramRun implements Control {
  readonly task: RunningTask
  readonly thread: number
  readonly #host: ProgramRunHost
  readonly #control: HandleTable
  second: KernelObject | undefined
  readonly #endWorker: () => void
  readonly #exit = createExitRecord()
  readonly #tracer: LocalTracer | undefined
  /** What the worker tells of the task's calls; undefined where nothing is traced. */
  readonly #trace: TraceReader | undefined
  /** How the kernel has ended the task, if it has: it ends when its worker has. */
  #ending: Ending | undefined
  /** The worker has ended, or is taken for one that cannot be. */
  #isOver = false
  /** The table of a task that has ended before its worker. */
  #kept: HandleTable | undefined

  /** @param endWorker terminates the worker */
  constructor(host: ProgramRunHost, task: RunningTask, thread: number, endWorker: () => void) {
    this.#host = host
    this.task = task
    this.thread = thread
    this.#endWorker = endWorker
    // In this thread a tracer is one that tells.
    this.#tracer = task.kernel.tracer as LocalTracer | undefined
    this.#trace = this.#tracer && this.#readTrace(this.#tracer)
    try {
      this.#control = createSharedTable(host.memory, { capacity: 4 })
    } catch (error) {
      this.#endTrace()
      throw error
    }
    task.worker = this
    try {
      this.#place(CONTROL, controlKind.open(this))
      const { root } = task.kernel
      if (root !== undefined) this.#place(ROOT, referenceTo(root))
      const directory = task.workingDirectory?.object
      if (directory !== undefined) this.#place(WORKING_DIRECTORY, referenceTo(directory))
    } catch (error) {
      this.#leave()
      this.#endTrace()
      throw error
    }
  }

  /** What the worker is posted. */
  message(program: ProgramReference): RunMessage {
    const { task, thread } = this
    const { memory, kindsModule, io } = this.#host
    return {
      type: 'ht run',
      memory: memoryToken(memory, thread),
      kindsModule,
      program,
      exit: this.#exit,
      control: share(this.#control, thread),
      table: share(task.table, thread),
      tableId: task.tableId,
      task: task.id,
      parent: task.parent,
      processGroup: task.processGroup,
      forked: task.forked,
      name: task.name,
      args: task.args,
      env: task.env,
      mask: task.mask,
      limits: task.account.limits,
      ignored: [...keepIgnored(task.actions).keys()],
      trace: this.#trace?.place,
      io: io && { table: io.token(thread), domains: io.family.domains },
    }
  }

  /** Ends the worker first, if it runs: its task's table may be closed only when nothing uses it any more. */
  stop(ending: Ending): boolean {
    if (this.#isOver) return false
    this.#ending ??= ending
    this.#endWorker()
    return true
  }

  keeps(table: HandleTable): boolean {
    if (this.task.worker !== this) return false
    this.#kept = table
    return true
  }

  /** Whether the program has come to its end, or the kernel has ended it: it is owed nothing more. */
  get isEnding(): boolean {
    return this.#ending !== undefined || hasLeft(this.#exit)
  }

  /**
   * The worker has ended: so has the task, unless it had before, when the trace has been told of all that it did.
   *
   * @param otherwise how, if neither it nor the kernel says so
   * @param then called when it has
   */
  ended(otherwise: Ending, then: () => void): void {
    this.#endTrace(() => {
      this.#isOver = true
      this.#leave()
      endTask(this.task, this.#ending ?? exitLeft(this.#exit) ?? otherwise)
      if (this.#kept !== undefined) disposeQuietly(this.#kept)
      then()
    })
  }

  /** The worker cannot be ended: the task has ended all the same. */
  abandon(error: HandleError): Exit {
    this.#isOver = true
    // The ring stays: the worker may still come to write there.
    this.#trace?.finish(ignore)
    this.#tracer?.flush()
    const { task } = this
    endTask(task, { status: 128 + SIGKILL, signal: signalOf(SIGKILL), ...this.#ending, error })
    return task.ended!
  }

  /** @throws ENOMEM */
  #readTrace(tracer: LocalTracer): TraceReader {
    const { memory } = this.#host
    const { id, account } = this.task
    account.trace ??= new TraceBudget(longestMessage(tracer.most))
    return new TraceReader(memory, this.thread, id, tracer, account.trace, (error) => {
      this.stop({ status: 1, error })
    })
  }

  /** The worker writes nothing any more: all that it has told is passed on. */
  #endTrace(then: () => void = ignore): void {
    const trace = this.#trace
    if (trace === undefined) {
      then()
      return
    }
    trace.finish(() => {
      trace.free()
      then()
    })
  }

  /** The worker uses the task no more. */
  #leave(): void {
    this.task.worker = undefined
    this.#control.dispose()
  }

  // ── What the worker asks for ────────────────────────────────────────────────────────────────────

  /** Arguments and environment may take twice their bytes as JSON; more only if most of them are control characters. */
  get longestRequest() {
    return 2 * this.task.account.limits.argumentBytes + 65_536
  }

  get changes() {
    return this.task.childEnded
  }

  request(name: string, args: readonly unknown[]): unknown {
    // What it has done before it asked is told before what it asks for.
    this.#trace?.read()
    // What it had asked for before it was killed may come to be answered after: nothing is to begin then.
    if (this.isEnding) throw endingError()
    if (!Object.hasOwn(this.#requests, name)) throw new HandleError('ENOSYS', { text: 'no such request' })
    const handler = this.#requests[name as keyof Requests] as (...args: unknown[]) => unknown
    // JSON has null where an argument was left out.
    return handler(...args.map((it) => it ?? undefined))
  }

  childEnded(child: number | undefined): number {
    return peek(this.task, child)
  }

  socket(domain: number, type: number, protocol: number): KernelObject | number {
    if (this.isEnding) throw endingError()
    return this.#familyOf(domain)?.open(domain, type, protocol) ?? -EAFNOSUPPORT
  }

  pair(domain: number, type: number, protocol: number): readonly [KernelObject, KernelObject] | number {
    if (this.isEnding) throw endingError()
    const family = this.#familyOf(domain)
    return family === undefined ? -EAFNOSUPPORT : (family.pair?.(domain, type, protocol) ?? -ENOTSUP)
  }

  pipe() {
    if (this.isEnding) throw endingError()
    const { makePipe } = this.task.kernel
    if (makePipe === undefined) throw new HandleError('ENOSYS')
    return makePipe()
  }

  readonly #requests: Requests = {
    start: (request) => {
      this.#check(request.name, request.args, request.env)
      const table = this.#attach(request.table)
      const directory = request.hasDirectory ? this.#control.get(WORKING_DIRECTORY) : undefined
      return startedBy(this.task, request, table, directory).id
    },
    exec: (name, args, env, table) => {
      this.#check(name, args, env)
      const { task } = this
      // Nothing has changed if this fails, and the rest does not.
      if (table !== undefined) this.#adopt(table)
      task.actions = keepIgnored(task.actions)
      task.forked = false
      task.name = name
      task.args = Object.freeze([...args])
      task.env = Object.freeze({ ...env })
      traced(task, 'exec', [name, task.args], 0)
      return task.tableId
    },
    adopt: (name) => this.#adopt(name),
    kill: (id, signal) => sendSignal(this.task.kernel, id, signal, this.task),
    setpgid: (id, group) => {
      checkInteger(id, 'task')
      checkInteger(group, 'group')
      return setGroup(this.task, id, group)
    },
    reap: (child) => {
      const exit = reap(this.task, child)
      return typeof exit === 'number' ? exit : { ...exit, error: reportOf(exit.error) }
    },
    act: (signal, action) => {
      const { actions } = this.task
      checkInteger(signal, 'signal', 1, 64)
      if (action === 'default') actions.delete(signal)
      else actions.set(signal, action === 'ignore' ? 'ignore' : () => this.#signal(signal))
      return 0
    },
    lsof: () => this.task.kernel.lsof(),
  }

  /** What a program is to be started with: the worker may have sent anything. @throws EINVAL, E2BIG */
  #check(name: string, args: readonly string[], env: Readonly<Record<string, string>>): void {
    checkTexts(this.task.account.limits.argumentBytes, name, args, env)
  }

  /** Tells the worker of a signal for which its program has set a function. */
  #signal(signal: number): void {
    this.#host.memory.waits.signal(this.thread, signal)
  }

  /** A family of sockets that are at home here. Those of the I/O worker a worker asks for itself: this thread would wait for it. */
  #familyOf(domain: number): SocketFamily | undefined {
    const family = this.task.kernel.families.get(domain)
    return family === this.#host.io?.family ? undefined : family
  }

  /** The task leaves its table for another one. Gives the number of that. */
  #adopt(name: TableName): number {
    const { task } = this
    const before = task.table
    task.table = this.#attach(name)
    task.tableId = task.kernel.nextTableId()
    before.dispose()
    return task.tableId
  }

  #attach({ table, tableId }: TableName): HandleTable {
    const { registry } = this.task.kernel
    const token: TableToken = { ...memoryToken(this.#host.memory), type: 'ht table', table, tableId }
    return attach(token, registry === undefined ? {} : { kinds: registry })
  }

  #place(number: number, object: KernelObject): void {
    try {
      this.#control.replace(number, object)
    } finally {
      // Does nothing where the table has it.
      object.release()
    }
  }
}

function endingError(): HandleError {
  return new HandleError('ESRCH', { text: 'the task is about to end' })
}
