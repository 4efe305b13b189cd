import { createRegistry, type Kind } from '@ht/core'
import { attachMemory, prepareToAttach, type SharedMemory } from '@ht/core/shared'
import { checkOptions, type OptionNames } from '../check.js'
import { executableOf } from '../task/program.js'
import { defaultPort, type WorkerPort } from './port.js'
import { checkPrograms, type WorkerPrograms } from './programs.js'
import { WorkerHost } from './worker-host.js'
import type { PipeMaker } from '../calls/pipe.js'
import type { RunMessage, WorkerMessage } from '../threads/protocol.js'

/** What a worker brings with it. A module of kinds (`kindsModule` of `createThreads`) exports the same by these names. */
export interface WorkerOptions {
  /** The kinds that its programs can use where objects live in shared memory. Objects at home elsewhere need none. */
  readonly kinds?: readonly Kind[]
  /** Makes a pipe in shared memory: `createSharedPipe` of `@ht/pipe/shared`. Without it the kernel's thread makes them. */
  pipe?(memory: SharedMemory): ReturnType<PipeMaker>
  /**
   * Programs that can be started by their names, `kernel.spawn('sort', { worker: true })`: a bundler finds them, as it
   * does whatever this module imports. One that is to be loaded when it is first started is
   * `async (task) => (await import('./sort.js')).default(task)`.
   */
  readonly programs?: WorkerPrograms
}

const WORKER_OPTIONS: OptionNames<WorkerOptions> = { kinds: true, pipe: true, programs: true }

/**
 * Makes this thread one of a kernel's workers: it takes programs, one after the other. To be called once, by the
 * module that `createWorker` starts.
 *
 * @example
 * import { runWorker } from '@ht/kernel/worker'
 * import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
 *
 * runWorker({ kinds: [sharedPipeKind], pipe: createSharedPipe, programs: { sort, uniq } })
 * @param port where the kernel's messages come from; the thread's own by default
 * @throws EINVAL that names an option or a program that is wrong; ENOTSUP in a thread that is not a worker
 */
export function runWorker(options: WorkerOptions = {}, port: WorkerPort = defaultPort('runWorker')): void {
  checkOptions(options, WORKER_OPTIONS)
  if (options.programs !== undefined) checkPrograms(options.programs)
  const say = (message: WorkerMessage) => {
    port.post(message)
  }
  let all: WorkerOptions | undefined
  port.listen((message) => {
    const run = message as Partial<RunMessage> | null
    if (run?.type !== 'ht run') return
    void (async () => {
      all ??= await withModule(options, run.kindsModule)
      await prepareToAttach((run as RunMessage).memory)
      runProgram(run as RunMessage, all, say)
    })().catch((error: unknown) => {
      // A page is told of what is thrown in a worker, and not of a promise that is rejected.
      queueMicrotask(() => {
        throw error
      })
    })
  })
}

function runProgram(message: RunMessage, { kinds, pipe, programs = {} }: WorkerOptions, say: (message: WorkerMessage) => void): void {
  const registry = kinds === undefined ? undefined : createRegistry(kinds)
  const memory = attachMemory(message.memory, registry === undefined ? {} : { kinds: registry })
  const host = new WorkerHost(
    {
      memory,
      registry,
      pipe,
      programs,
      idle: () => {
        say({ type: 'ht idle' })
      },
    },
    message,
  )
  void host.load(host.makeTask(message), executableOf(message.program))
}

/** What this worker was written with, and what a module adds. */
async function withModule(options: WorkerOptions, address: string | undefined): Promise<WorkerOptions> {
  if (address === undefined) return options
  const module = (await import(/* @vite-ignore */ address)) as WorkerOptions
  const pipe = options.pipe ?? module.pipe
  if (module.programs !== undefined) checkPrograms(module.programs)
  return {
    kinds: [...new Set([...(options.kinds ?? []), ...(module.kinds ?? [])])],
    ...(pipe && { pipe }),
    programs: { ...module.programs, ...options.programs },
  }
}
