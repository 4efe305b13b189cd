import { HandleError, type HandleTable, type HandleTableOptions, type KernelObject } from '@ht/core'
import {
  admitWorker,
  createSharedMemory,
  createSharedTable,
  leaveMemory,
  type AdmittedWorker,
  type SharedMemory,
  type SharedMemoryOptions,
} from '@ht/core/shared'
import { checkFunction, checkInteger, checkOptions, invalid, type OptionNames } from '../check.js'
import { endTask } from '../task/end.js'
import { SIGKILL } from '../task/signals.js'
import { checkIo, IoWorker, type IoOptions } from './io-worker.js'
import { Seat } from './seat.js'
import { isNodeWorker, listenTo, type WorkerLike } from './worker-like.js'
import type { ProgramReference } from '../task/program.js'
import type { RunningTask, TaskHost } from '../task/task.js'
import type { Threads } from '../task/threads.js'
import type { WorkerMessage } from './protocol.js'

/** How {@link createThreads} makes them. */
export interface ThreadsOptions {
  /**
   * Makes a worker whose module calls `runWorker` of `@ht/kernel/worker`: bundlers find a worker's module only where
   * it is written out, as in `new Worker(new URL('./worker.js', import.meta.url))`.
   */
  createWorker(): WorkerLike
  /** A module that each worker imports, for the kinds that it exports; see `runWorker`. */
  readonly kindsModule?: URL
  /** Makes a pipe in shared memory: `createSharedPipe` of `@ht/pipe/shared`. Without it pipes stay in the kernel's thread. */
  pipe?(memory: SharedMemory): { readonly reader: KernelObject; readonly writer: KernelObject }
  /** A worker of its own for sockets: where it is left out, they are at home in the kernel's thread. */
  readonly io?: IoOptions
  /** The size of the memory that the threads share. */
  readonly memory?: Omit<SharedMemoryOptions, 'kinds'>
  /**
   * How many workers whose program has ended are kept for the next ones; 0 unless told. A program can leave things
   * behind in its worker, such as a timer or a changed global: keep none between programs that do not trust each other.
   */
  readonly warm?: number
}

const THREADS_OPTIONS: OptionNames<ThreadsOptions> = {
  createWorker: true,
  kindsModule: true,
  pipe: true,
  io: true,
  memory: true,
  warm: true,
}
const MEMORY_OPTIONS: OptionNames<NonNullable<ThreadsOptions['memory']>> = { bytes: true, objects: true, tables: true, spins: true }

/** Threads of a kernel, and the memory that they share. */
export interface KernelThreads extends Threads {
  /** There from when the kernel is made until it is closed. */
  readonly memory: SharedMemory
}

/**
 * Makes what a kernel needs to run tasks in workers. It is for one kernel.
 *
 * @example
 * const kernel = createKernel({
 *   kinds: [sharedPipeKind],
 *   threads: createThreads({
 *     createWorker: () => new Worker(new URL('./worker.js', import.meta.url)),
 *     pipe: createSharedPipe,
 *   }),
 * })
 * // By the name that the worker's module gives it, `runWorker({ programs: { sort } })`; a module's URL does as well.
 * const task = kernel.spawn('sort', { worker: true })
 * @throws EINVAL that names an option that is wrong
 */
export function createThreads(options: ThreadsOptions): KernelThreads {
  checkOptions(options, THREADS_OPTIONS)
  if (options.memory !== undefined) checkOptions(options.memory, MEMORY_OPTIONS, 'options.memory')
  checkFunction(options.createWorker, 'options.createWorker')
  if (options.pipe !== undefined) checkFunction(options.pipe, 'options.pipe')
  if (options.io !== undefined) checkIo(options.io)
  if (options.warm !== undefined) checkInteger(options.warm, 'options.warm', 0)
  if (options.kindsModule !== undefined && !(options.kindsModule instanceof URL)) {
    throw invalid('options.kindsModule', 'a URL', options.kindsModule)
  }
  return new WorkerThreads(options)
}

/** A worker of the kernel's. */
interface Crew {
  readonly worker: WorkerLike
  readonly thread: number
  /** Terminates the worker; what it leaves is cleaned up when it has ended. */
  end(): void
  /** The run of a program in it, if there is one. */
  seat: Seat | undefined
  readonly heard: Heard
}

/** Why a worker has ended. */
interface Heard {
  /** What it threw that nobody caught, or why it did not load. */
  error: unknown
  status: number
}

class WorkerThreads implements KernelThreads {
  readonly #options: ThreadsOptions
  readonly #crews = new Set<Crew>()
  readonly #idle: Crew[] = []
  readonly #io: IoWorker | undefined
  #memory: SharedMemory | undefined
  #kernel: TaskHost | undefined
  #closed = false

  constructor(options: ThreadsOptions) {
    this.#options = options
    this.#io = options.io && new IoWorker(options.io, () => {
      this.#leaveIfAlone()
    })
  }

  get memory(): SharedMemory {
    if (this.#memory === undefined) throw new HandleError('EBADF', { text: 'these threads are no kernel’s: the memory is not there' })
    return this.#memory
  }

  get sockets() {
    return this.#io && [this.#io.family]
  }

  get makePipe() {
    const { pipe } = this.#options
    return pipe && (() => pipe(this.memory))
  }

  begin(kernel: TaskHost): void {
    if (this.#kernel !== undefined) throw new HandleError('EBUSY', { text: 'options.threads are another kernel’s', syscall: 'createKernel' })
    const { registry } = kernel
    const memory = createSharedMemory({ ...this.#options.memory, ...(registry && { kinds: registry }) })
    try {
      this.#io?.begin(memory)
    } catch (error) {
      leaveMemory(memory)
      throw error
    }
    this.#memory = memory
    this.#kernel = kernel
  }

  makeTable(options: HandleTableOptions): HandleTable {
    return createSharedTable(this.memory, options)
  }

  start(task: RunningTask, program: ProgramReference): void {
    let crew: Crew | undefined
    try {
      crew = this.#idle.pop() ?? this.#hire()
      const seat = new Seat({ memory: this.memory, kindsModule: this.#options.kindsModule?.href, io: this.#io }, task, crew.thread)
      crew.seat = seat
      const { worker, thread, end } = crew
      worker.ref?.()
      seat.terminate = () => {
        // A page gives a worker two seconds to come to an end: a program that blocks is told, and does.
        if (!isNodeWorker(worker)) this.memory.waits.signal(thread, SIGKILL)
        end()
      }
      worker.postMessage(seat.message(program))
    } catch (error) {
      // What cannot be started has ended.
      if (crew !== undefined) {
        crew.seat?.leave()
        crew.seat = undefined
        crew.end()
      }
      endTask(task, { status: 1, error })
    }
  }

  close(): void {
    this.#closed = true
    for (const { end } of this.#crews) end()
    this.#io?.close()
    this.#leaveIfAlone()
  }

  #hire(): Crew {
    const worker = this.#options.createWorker()
    const heard: Heard = { error: undefined, status: 1 }
    let crew: Crew | undefined
    // Listened to first: why it has ended is to be known before what it left is cleaned up.
    listenTo(worker, {
      message: (message: WorkerMessage) => {
        if (message.type === 'ht idle' && crew !== undefined) this.#rest(crew)
      },
      error: (error) => {
        heard.error ??= error
        // A page's worker goes on after an error that nobody caught.
        crew?.end()
      },
      exit: (status) => {
        heard.status = status & 255
      },
    })
    const { thread, cleaned, terminated } = this.#admit(worker)
    const end = () => {
      // It may still have said that it is idle.
      crew = undefined
      this.#noLongerIdle(hired)
      void worker.terminate()
      terminated()
    }
    const hired: Crew = { worker, thread, end, seat: undefined, heard }
    crew = hired
    this.#crews.add(hired)
    void cleaned.then(() => {
      this.#lose(hired)
    })
    return hired
  }

  #admit(worker: WorkerLike): AdmittedWorker {
    try {
      return admitWorker(this.memory, worker as WorkerLike & Parameters<typeof admitWorker>[1])
    } catch (error) {
      // It is nobody's then.
      void (worker as Partial<WorkerLike> | undefined)?.terminate?.()
      throw error
    }
  }

  /** A worker's program has ended: it waits for another, or ends. */
  #rest(crew: Crew): void {
    crew.seat = undefined
    if (this.#closed || this.#idle.length >= (this.#options.warm ?? 0)) {
      crew.end()
      return
    }
    this.#idle.push(crew)
    crew.worker.unref?.()
  }

  /** A worker has ended, and what it left behind is put right. */
  #lose(crew: Crew): void {
    this.#crews.delete(crew)
    this.#noLongerIdle(crew)
    const { seat, heard: { error, status } } = crew
    if (seat !== undefined && seat.task.worker === seat) {
      const { task, ending } = seat
      seat.leave()
      endTask(task, ending ?? { status: error === undefined ? status : 1, error })
    }
    this.#leaveIfAlone()
  }

  #noLongerIdle(crew: Crew): void {
    const at = this.#idle.indexOf(crew)
    if (at >= 0) this.#idle.splice(at, 1)
  }

  #leaveIfAlone(): void {
    if (this.#closed && this.#crews.size === 0 && this.#io?.hasEnded !== false) leaveMemory(this.memory)
  }
}
