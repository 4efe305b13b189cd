import { HandleError, referenceTo, type HandleTable, type KernelObject } from '@ht/core'
import { attach, createSharedTable, memoryToken, share, type SharedMemory, type TableToken } from '@ht/core/shared'
import { EAFNOSUPPORT, ENOTSUP } from '../errno.js'
import { endTask, type Ending } from '../task/end.js'
import { setGroup } from '../task/groups.js'
import { keepIgnored, sendSignal } from '../task/signals.js'
import { peek, reap } from '../task/wait.js'
import { traced } from '../trace/event.js'
import { startedBy } from './started-by.js'
import { controlKind, type Control } from './control-kind.js'
import { errorFromReport, reportOf } from './error-text.js'
import { CONTROL, ROOT, WORKING_DIRECTORY, type Requests, type RunMessage, type TableName } from './protocol.js'
import type { ProgramReference } from '../task/program.js'
import type { RunningTask } from '../task/task.js'
import type { IoWorker } from './io-worker.js'

/** What the threads of a kernel know of each other. */
export interface SeatHost {
  readonly memory: SharedMemory
  readonly kindsModule: string | undefined
  readonly io: IoWorker | undefined
}

/**
 * A task that runs in a worker, as the kernel's thread sees it: it owns the task's table, and answers what the worker
 * asks. One seat is one run of one program.
 */
export class Seat implements Control {
  readonly task: RunningTask
  readonly thread: number
  readonly #host: SeatHost
  readonly #control: HandleTable
  second: KernelObject | undefined
  /** Ends the worker; set while it runs. */
  terminate: (() => void) | undefined
  /** How the task ends when its worker has. */
  ending: Ending | undefined

  constructor(host: SeatHost, task: RunningTask, thread: number) {
    this.#host = host
    this.task = task
    this.thread = thread
    this.#control = createSharedTable(host.memory, { capacity: 4 })
    task.worker = this
    try {
      this.#control.replace(CONTROL, controlKind.open(this))
      this.#place(ROOT, task.kernel.root)
      this.#place(WORKING_DIRECTORY, task.workingDirectory?.object)
    } catch (error) {
      this.leave()
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
      ignored: [...keepIgnored(task.actions).keys()],
      traced: task.kernel.trace !== undefined,
      io: io && { table: io.token(thread), domains: io.family.domains },
    }
  }

  /** Ends the worker first, if it runs: its task's table may be closed only when nobody uses it any more. */
  stop(ending: Ending): boolean {
    if (this.terminate === undefined) return false
    this.ending ??= ending
    this.terminate()
    return true
  }

  /** The worker has stopped using the task: whatever ends it now ends it at once. */
  leave(): void {
    this.terminate = undefined
    this.task.worker = undefined
    this.#control.dispose()
  }

  // ── What the worker asks for ────────────────────────────────────────────────────────────────────

  get changes() {
    return this.task.childEnded
  }

  request(name: string, args: readonly unknown[]): unknown {
    const handler = Object.hasOwn(this.#requests, name) ? this.#requests[name as keyof Requests] : undefined
    // JSON has null where an argument was left out.
    return (handler as ((...args: unknown[]) => unknown) | undefined)?.(...args.map((it) => it ?? undefined))
  }

  childEnded(child: number | undefined): number {
    return peek(this.task, child)
  }

  socket(domain: number, type: number, protocol: number): KernelObject | number {
    return this.task.kernel.families.get(domain)?.open(domain, type, protocol) ?? -EAFNOSUPPORT
  }

  pair(domain: number, type: number, protocol: number): readonly [KernelObject, KernelObject] | number {
    const family = this.task.kernel.families.get(domain)
    return family === undefined ? -EAFNOSUPPORT : (family.pair?.(domain, type, protocol) ?? -ENOTSUP)
  }

  pipe() {
    const { makePipe } = this.task.kernel
    if (makePipe === undefined) throw new HandleError('ENOSYS')
    return makePipe()
  }

  readonly #requests: Requests = {
    start: (request) => {
      const table = this.#attach(request.table)
      const directory = request.hasDirectory ? this.#control.get(WORKING_DIRECTORY) : undefined
      return startedBy(this.task, request, table, directory).id
    },
    exec: (name, args, env) => {
      const { task } = this
      task.actions = keepIgnored(task.actions)
      task.forked = false
      task.name = name
      task.args = Object.freeze([...args])
      task.env = Object.freeze({ ...env })
      return 0
    },
    adopt: (name) => {
      const { task } = this
      const before = task.table
      task.table = this.#attach(name)
      task.tableId = task.kernel.nextTableId()
      before.dispose()
      return task.tableId
    },
    kill: (id, signal) => sendSignal(this.task.kernel, id, signal, this.task),
    setpgid: (id, group) => setGroup(this.task, id, group),
    reap: (child) => {
      const exit = reap(this.task, child)
      return typeof exit === 'number' ? exit : { ...exit, error: reportOf(exit.error) }
    },
    act: (signal, action) => {
      const { actions } = this.task
      if (action === 'default') actions.delete(signal)
      else actions.set(signal, action === 'ignore' ? 'ignore' : () => this.#signal(signal))
      return 0
    },
    exit: (status, signal, error) => {
      this.leave()
      const ending = { status, ...(signal !== undefined && { signal }), error: errorFromReport(error) }
      // One that is being killed may still come to say so itself.
      endTask(this.task, this.ending ?? ending)
      return 0
    },
    trace: (name, args, result) => {
      traced(this.task, name, args, result)
      return 0
    },
    lsof: () => this.task.kernel.lsof(),
  }

  /** Tells the worker of a signal for which its program has set a function. */
  #signal(signal: number): void {
    this.#host.memory.waits.signal(this.thread, signal)
  }

  #attach({ table, tableId }: TableName): HandleTable {
    const { registry } = this.task.kernel
    const token: TableToken = { ...memoryToken(this.#host.memory), type: 'ht table', table, tableId }
    return attach(token, registry === undefined ? {} : { kinds: registry })
  }

  #place(number: number, object: KernelObject | undefined): void {
    if (object !== undefined) this.#control.replace(number, referenceTo(object))
  }
}
