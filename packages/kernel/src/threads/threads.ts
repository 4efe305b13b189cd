import { HandleError, isHandleError, type HandleTable, type HandleTableOptions, type KernelObject } from '@ht/core'
import { createSharedMemory, createSharedTable, leaveMemory, type SharedMemory, type SharedMemoryOptions } from '@ht/core/shared'
import { checkFunction, checkInteger, checkOptions, invalid, type OptionNames } from '../check.js'
import { WorkerProcess, type WorkerProcessHost } from './worker-process.js'
import { checkIo, IoWorker, type IoOptions } from './io-worker.js'
import type { Exit } from '../task/program.js'
import type { TaskHost } from '../task/task.js'
import type { Threads } from '../task/threads.js'
import type { WorkerLike } from './worker-like.js'

/** Options of {@link createThreads}. */
export interface ThreadsOptions {
  /**
   * Makes a worker whose module calls `runWorker` of `@ht/kernel/worker`. Bundlers find the module only if it
   * is written out, as in `new Worker(new URL('./worker.js', import.meta.url))`.
   */
  createWorker(): WorkerLike
  /** A module that each worker imports, for the kinds that it exports; see `runWorker`. */
  readonly kindsModule?: URL
  /** Makes a pipe in shared memory: `createSharedPipe` of `@ht/pipe/shared`. If omitted, pipes live in the kernel's thread. */
  pipe?(memory: SharedMemory): { readonly reader: KernelObject; readonly writer: KernelObject }
  /** A worker for sockets. If omitted, sockets live in the kernel's thread. */
  readonly io?: IoOptions
  /** The size of the memory that the threads share. */
  readonly memory?: Omit<SharedMemoryOptions, 'kinds'>
  /**
   * How many workers are started ahead, so that a program need not wait for its worker to load. Defaults to 0. They have
   * run nothing yet: a worker runs the programs of one task and ends with it, and another is started in its place.
   */
  readonly warm?: number
  /**
   * How long a terminated worker may take to end, in ms: 1 to 2,147,483,647. Defaults to 10,000. A worker inside a host
   * call that does not return takes longer; its task ends after this time, with an error that says so.
   */
  readonly graceMs?: number
}

const THREADS_OPTIONS: OptionNames<ThreadsOptions> = {
  createWorker: true,
  kindsModule: true,
  pipe: true,
  io: true,
  memory: true,
  warm: true,
  graceMs: true,
}
const MEMORY_OPTIONS: OptionNames<NonNullable<ThreadsOptions['memory']>> = {
  bytes: true,
  objects: true,
  tables: true,
  threads: true,
  spins: true,
}

/** Threads of a kernel, and the memory that they share. */
export interface KernelThreads extends Threads {
  /** Available from when the kernel is made until it is closed. */
  readonly memory: SharedMemory
}

/**
 * Makes the threads of one kernel, which run its tasks in workers.
 *
 * @example
 * const kernel = createKernel({
 *   kinds: [sharedPipeKind],
 *   threads: createThreads({
 *     createWorker: () => new Worker(new URL('./worker.js', import.meta.url)),
 *     pipe: createSharedPipe,
 *   }),
 * })
 * // A name from the worker's module, `runWorker({ programs: { sort } })`, or the URL of a module.
 * const task = kernel.spawn('sort', { worker: true })
 * @throws EINVAL that names a wrong option
 */
export function createThreads(options: ThreadsOptions): KernelThreads {
  checkOptions(options, THREADS_OPTIONS)
  if (options.memory !== undefined) checkOptions(options.memory, MEMORY_OPTIONS, 'options.memory')
  checkFunction(options.createWorker, 'options.createWorker')
  if (options.pipe !== undefined) checkFunction(options.pipe, 'options.pipe')
  if (options.io !== undefined) checkIo(options.io)
  if (options.warm !== undefined) checkInteger(options.warm, 'options.warm', 0)
  if (options.graceMs !== undefined) checkInteger(options.graceMs, 'options.graceMs', 1, LONGEST_MS)
  if (options.kindsModule !== undefined && !(options.kindsModule instanceof URL)) {
    throw invalid('options.kindsModule', 'a URL', options.kindsModule)
  }
  return new WorkerThreads(options)
}

/** The longest delay of a timer. */
const LONGEST_MS = 0x7fffffff

/** How long a worker may take to end once it was terminated, in ms: Chromium gives one that computes two seconds. */
const GRACE_MS = 10_000
/** How soon leaving the memory is tried again, in ms. */
const AGAIN_MS = 5

class WorkerThreads implements KernelThreads, WorkerProcessHost {
  readonly graceMs: number
  readonly kindsModule: string | undefined
  readonly io: IoWorker | undefined
  readonly #options: ThreadsOptions
  /** Of all workers that have not ended. */
  readonly #workers = new Set<WorkerProcess>()
  /** Of those that were started ahead. */
  readonly #idle: WorkerProcess[] = []
  readonly #listeners = new Set<() => void>()
  #memory: SharedMemory | undefined
  #kernel: TaskHost | undefined
  /** How many workers there were when there could be no more. */
  #most = Infinity
  #warming: ReturnType<typeof setTimeout> | undefined
  #leaving: ReturnType<typeof setTimeout> | undefined
  #isClosed = false
  #closed: Promise<readonly Exit[]> | undefined

  constructor(options: ThreadsOptions) {
    const { io, kindsModule, graceMs = GRACE_MS } = options
    this.#options = options
    this.graceMs = graceMs
    this.kindsModule = kindsModule?.href
    this.io =
      io &&
      new IoWorker(io, () => {
        this.#changed()
      })
  }

  get memory(): SharedMemory {
    if (this.#memory === undefined)
      throw new HandleError('EBADF', { text: 'these threads are not yet a kernel’s: the memory is not there' })
    return this.#memory
  }

  get sockets() {
    return this.io && [this.io.family]
  }

  get makePipe() {
    const { pipe } = this.#options
    return pipe && (() => pipe(this.memory))
  }

  begin(kernel: TaskHost): void {
    if (this.#kernel !== undefined)
      throw new HandleError('EBUSY', { text: 'options.threads are another kernel’s', syscall: 'createKernel' })
    const { registry } = kernel
    const memory = createSharedMemory({ ...this.#options.memory, ...(registry && { kinds: registry }) })
    try {
      this.io?.begin(memory)
    } catch (error) {
      this.#leave(memory)
      throw error
    }
    this.#memory = memory
    this.#kernel = kernel
    this.#warmUp()
  }

  makeTable(options: HandleTableOptions): HandleTable {
    return createSharedTable(this.memory, options)
  }

  reserve(): WorkerProcess {
    if (this.#isClosed) throw new HandleError('ECANCELED', { text: 'the kernel was closed' })
    for (;;) {
      const worker = this.#idle.pop()
      if (worker !== undefined) this.#warmUp()
      if (worker === undefined) return this.#startWorker()
      // It may have ended by itself.
      if (worker.isFree) return worker
    }
  }

  close(): Promise<readonly Exit[]> {
    this.#isClosed = true
    this.#closed ??= this.#close()
    return this.#closed
  }

  // ── What workers tell ───────────────────────────────────────────────────────────────────────────

  createWorker(): WorkerLike {
    return this.#options.createWorker()
  }

  spare(worker: WorkerProcess): void {
    if (this.#isClosed || this.#idle.length >= this.#warm) {
      worker.workerThread.end()
      return
    }
    this.#idle.push(worker)
    worker.prepare()
  }

  over(worker: WorkerProcess): void {
    if (worker.isGone) {
      this.#workers.delete(worker)
      const at = this.#idle.indexOf(worker)
      if (at >= 0) this.#idle.splice(at, 1)
      this.#most = Infinity
    }
    this.#changed()
  }

  // ────────────────────────────────────────────────────────────────────────────────────────────────

  get #warm(): number {
    return this.#options.warm ?? 0
  }

  /** @throws EAGAIN when there can be no more threads; what `createWorker` throws */
  #startWorker(): WorkerProcess {
    // A worker is made before its number can be reserved, so one that would get none is not made.
    if (this.#workers.size >= this.#most) throw new HandleError('EAGAIN', { text: 'there are as many threads as can be' })
    try {
      const worker = new WorkerProcess(this)
      this.#workers.add(worker)
      return worker
    } catch (error) {
      if (isHandleError(error) && error.code === 'EAGAIN' && this.#workers.size > 0) this.#most = this.#workers.size
      throw isOutOfThreads(error) ? new HandleError('EAGAIN', { text: 'no thread could be started', cause: error }) : error
    }
  }

  /** Starts workers ahead, one in each turn of the event loop, when what is going on now is done. */
  #warmUp(): void {
    if (this.#warming !== undefined || this.#idle.length >= this.#warm) return
    this.#warming = setTimeout(() => {
      this.#warming = undefined
      if (this.#isClosed || this.#idle.length >= this.#warm) return
      try {
        this.spare(this.#startWorker())
      } catch {
        // Whatever needs a worker is told.
        return
      }
      this.#warmUp()
    })
    ;(this.#warming as { unref?(): void }).unref?.()
  }

  async #close(): Promise<readonly Exit[]> {
    clearTimeout(this.#warming)
    for (const { workerThread } of this.#workers) workerThread.end()
    this.io?.close()
    this.#changed()
    while (this.io?.hasEnded === false || [...this.#workers].some(({ isStuck }) => !isStuck)) {
      await new Promise<void>((resolve) => {
        this.#listeners.add(resolve)
      })
    }
    return [...this.#workers].flatMap(({ stuckExit }) => stuckExit ?? [])
  }

  /** Something has become of a worker: has those look who wait. */
  #changed(): void {
    const isAlone = this.#workers.size === 0 && this.io?.hasEnded !== false
    if (this.#isClosed && isAlone) this.#leave(this.memory)
    for (const listener of this.#listeners) listener()
    this.#listeners.clear()
  }

  /** Leaves a memory: later, where another thread holds a lock of it, and as far as it can, where it is damaged. */
  #leave(memory: SharedMemory): void {
    if (this.#leaving !== undefined) return
    try {
      leaveMemory(memory)
    } catch (error) {
      if (!isHandleError(error) || error.code !== 'EAGAIN') return
      this.#leaving = setTimeout(() => {
        this.#leaving = undefined
        this.#leave(memory)
      }, AGAIN_MS)
      ;(this.#leaving as { unref?(): void }).unref?.()
    }
  }
}

/** Whether the system had no room for another thread (Node's errors). */
function isOutOfThreads(error: unknown): boolean {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return code === 'ERR_WORKER_INIT_FAILED' || code === 'ERR_WORKER_OUT_OF_MEMORY'
}
