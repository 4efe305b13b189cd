import { createRegistry, type Kind } from '@ht/core'
import { attachMemory, prepareToAttach, type SharedMemory } from '@ht/core/shared'
import { checkFunction, checkList, checkOptions, type OptionNames } from '../check.js'
import { executableOf } from '../task/program.js'
import { defaultPort, type WorkerPort } from './port.js'
import { errorFromReport, reportOf } from '../threads/error-text.js'
import { leaveExit, type ExitRecord } from '../threads/exit-record.js'
import { checkPrograms, findProgram, type WorkerPrograms } from './programs.js'
import { WorkerHost } from './worker-host.js'
import type { PipeMaker } from '../calls/pipe.js'
import type { Ending } from '../task/end.js'
import type { ProgramReference } from '../task/program.js'
import type { ErrorReport } from '../threads/error-text.js'
import type { LoadMessage, PrepareMessage, RunMessage, WorkerMessage } from '../threads/protocol.js'

/** Options of {@link runWorker}. A `kindsModule` of `createThreads` exports the same by these names. */
export interface WorkerOptions {
  /** The kinds of objects that live in shared memory and that its programs use. Objects at home in another thread need no kind. */
  readonly kinds?: readonly Kind[]
  /** Makes a pipe in shared memory: `createSharedPipe` of `@ht/pipe/shared`. If omitted, the kernel's thread makes pipes. */
  pipe?(memory: SharedMemory): ReturnType<PipeMaker>
  /**
   * Programs that can be started by name, `kernel.spawn('sort', { worker: true })`. A bundler finds them as it finds all
   * imports of this module. To load a program when it is first started, write
   * `async (task) => (await import('./sort.js')).default(task)`.
   */
  readonly programs?: WorkerPrograms
}

const WORKER_OPTIONS: OptionNames<WorkerOptions> = { kinds: true, pipe: true, programs: true }

/**
 * Makes this thread one of a kernel's workers, which runs the programs of one task. Call it once, in the module
 * that `createWorker` starts.
 *
 * @example
 * import { runWorker } from '@ht/kernel/worker'
 * import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
 *
 * runWorker({ kinds: [sharedPipeKind], pipe: createSharedPipe, programs: { sort, uniq } })
 * @param port receives the kernel's messages. Defaults to the thread's own
 * @throws EINVAL that names a wrong option or program; ENOTSUP in a thread that is not a worker
 */
export function runWorker(options: WorkerOptions = {}, port: WorkerPort = defaultPort('runWorker')): void {
  checkOptions(options, WORKER_OPTIONS)
  checkBrought(options)
  let all: Promise<WorkerOptions> | undefined
  let record: ExitRecord | undefined
  const leave = (ending: Ending) => {
    leaveExit(record!, ending)
    try {
      port.post({ type: 'ht ended' } satisfies WorkerMessage)
    } finally {
      port.exit?.(ending.status)
    }
  }
  port.uncaught?.((error) => {
    // Nothing runs yet: the error is told as any worker's is, but cut.
    if (record === undefined) throw errorFromReport(boundedReport(error))!
    const exit = record
    port.exit?.(1, () => {
      leaveExit(exit, { status: 1, error })
    })
  })
  const prepared = (kindsModule: string | undefined) => (all ??= withModule(options, kindsModule))
  port.listen((message) => {
    const given = (message ?? {}) as Partial<RunMessage | LoadMessage | PrepareMessage>
    if (given.type === 'ht prepare') {
      // What fails here fails again when it is needed.
      prepared(given.kindsModule).catch(() => undefined)
    } else if (given.type === 'ht load') {
      void load(prepared(given.kindsModule), (given as LoadMessage).program, port)
    } else if (given.type === 'ht run') {
      record = given.exit
      runProgram(given as RunMessage, prepared(given.kindsModule), leave).catch((error: unknown) => {
        // A page is told of what is thrown in a worker, and not of a promise that is rejected.
        queueMicrotask(() => {
          throw error
        })
      })
    }
  })
}

async function runProgram(message: RunMessage, prepared: Promise<WorkerOptions>, leave: (ending: Ending) => void): Promise<void> {
  const { kinds, pipe, programs = {} } = await prepared
  await prepareToAttach(message.memory)
  const registry = kinds === undefined ? undefined : createRegistry(kinds)
  const memory = attachMemory(message.memory, registry === undefined ? {} : { kinds: registry })
  const host = new WorkerHost({ memory, registry, pipe, programs, leave }, message)
  await host.load(host.makeTask(message), executableOf(message.program))
}

/** Loads a program that another task of this thread's kernel is about to be executed with, and says whether it is there. */
async function load(prepared: Promise<WorkerOptions>, program: ProgramReference, port: WorkerPort): Promise<void> {
  let error: unknown
  try {
    const { programs = {} } = await prepared
    await findProgram(programs, executableOf(program))
  } catch (thrown) {
    error = boundedReport(thrown)
  }
  port.post({ type: 'ht loaded', error } satisfies WorkerMessage)
}

/** What this worker was written with, and what a module adds. */
async function withModule(options: WorkerOptions, address: string | undefined): Promise<WorkerOptions> {
  if (address === undefined) return options
  const module = (await import(/* @vite-ignore */ address)) as WorkerOptions
  checkBrought(module)
  const pipe = options.pipe ?? module.pipe
  return {
    kinds: [...new Set([...(options.kinds ?? []), ...(module.kinds ?? [])])],
    ...(pipe && { pipe }),
    programs: { ...module.programs, ...options.programs },
  }
}

/** @throws EINVAL that names what is wrong */
function checkBrought({ kinds, pipe, programs }: WorkerOptions): void {
  if (kinds !== undefined) checkList(kinds, 'options.kinds', 'kinds')
  if (pipe !== undefined) checkFunction(pipe, 'options.pipe')
  if (programs !== undefined) checkPrograms(programs)
}

/** What is told of something that was thrown, also of nothing. */
function boundedReport(thrown: unknown): ErrorReport {
  return reportOf(thrown) ?? { name: 'Error', message: 'undefined', stack: undefined, code: undefined }
}
