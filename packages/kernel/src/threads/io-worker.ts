import { HandleError, type HandleTable, type KernelObject } from '@ht/core'
import { admitWorker, createSharedTable, memoryToken, share, type SharedMemory, type TableToken } from '@ht/core/shared'
import { checkFunction, checkInteger, checkOptions, invalid, type OptionNames } from '../check.js'
import { EIO } from '../errno.js'
import { errorText } from './error-text.js'
import { IoFamily } from './io-family.js'
import { IO, IoOps, startKind } from './io-kinds.js'
import { isNodeWorker, listenTo, terminate, type WorkerLike } from './worker-like.js'
import type { IoEndMessage, IoMessage } from './protocol.js'

/** A worker that is the home of sockets, so that they work while the kernel's thread is busy. */
export interface IoOptions {
  /** Makes a worker whose module calls `runIoWorker` of `@ht/kernel/worker` with the families of these domains. */
  createWorker(): WorkerLike
  /** The domains of its sockets, such as AF_INET and AF_INET6. The kernel's `sockets` must not include them. */
  readonly domains: readonly number[]
}

const IO_OPTIONS: OptionNames<IoOptions> = { createWorker: true, domains: true }

/** @throws EINVAL that names an option that is wrong */
export function checkIo(options: IoOptions): void {
  checkOptions(options, IO_OPTIONS, 'options.io')
  const { createWorker, domains } = options
  checkFunction(createWorker, 'options.io.createWorker')
  if (!Array.isArray(domains)) throw invalid('options.io.domains', 'a list of domains', domains)
  for (const domain of domains) checkInteger(domain, 'options.io.domains', 0)
}

/** An I/O worker that has been started. */
interface Running {
  readonly worker: WorkerLike
  end(): void
}

/**
 * The I/O worker, as the kernel's thread sees it. It starts with the kernel, so that no task has to ask this thread for
 * it. When it ends, its sockets are lost, and the next one that asks for a socket has another one started: each that asks
 * has one started at most, and gets EIO when that did not come to attach.
 */
export class IoWorker {
  readonly family: IoFamily
  readonly #options: IoOptions
  readonly #ended: () => void
  #memory: SharedMemory | undefined
  #table: HandleTable | undefined
  #running: Running | undefined
  /** Why it did not start the last time. */
  #failure: string | undefined
  #closed = false

  /** @param ended is told when it has ended after `close` */
  constructor(options: IoOptions, ended: () => void) {
    this.#options = options
    this.#ended = ended
    this.family = new IoFamily(Object.freeze([...options.domains]), () => {
      this.#throwFailure()
      return { memory: this.#memory!, table: this.#table! }
    })
  }

  /** Whether there is none any more. */
  get hasEnded(): boolean {
    return this.#running === undefined
  }

  /** Starts it. @throws what `createWorker` throws; EAGAIN for too many threads; ENOMEM */
  begin(memory: SharedMemory): void {
    this.#memory = memory
    this.#table = createSharedTable(memory, { capacity: 1 })
    this.#running = this.#start()
  }

  /** How a thread finds it. */
  token(thread: number): TableToken {
    return share(this.#table!, thread)
  }

  /** Ends it. What its sockets have taken from their senders is still delivered, and keeps the process alive until then. */
  close(): void {
    this.#closed = true
    const { worker, end } = this.#running ?? {}
    if (worker === undefined || end === undefined) return
    if (!isNodeWorker(worker) || !this.#isAttached()) {
      end()
      return
    }
    worker.ref?.()
    worker.postMessage({ type: 'ht io end' } satisfies IoEndMessage)
    const patience = setTimeout(end, LINGER_MS) as { unref?(): void } | number
    if (typeof patience === 'object') patience.unref?.()
  }

  #start(): Running {
    const memory = this.#memory!
    const worker = this.#options.createWorker()
    let failure: unknown
    let running: Running | undefined
    listenTo(worker, {
      message: () => undefined,
      error: (error) => {
        failure ??= error
        // A page's worker goes on after an error that nothing caught.
        running?.end()
      },
      exit: () => undefined,
    })
    try {
      const { thread, cleaned, terminated } = admitWorker(memory, worker as WorkerLike & Parameters<typeof admitWorker>[1])
      const message: IoMessage = { type: 'ht io', memory: memoryToken(memory, thread), table: share(this.#table!, thread) }
      worker.postMessage(message)
      worker.unref?.()
      memory.steady.add(thread)
      running = {
        worker,
        end() {
          running = undefined
          terminate(worker)
          terminated()
        },
      }
      void cleaned.then(() => {
        memory.steady.delete(thread)
        this.#lost(failure)
      })
      return running
    } catch (error) {
      // No kernel will use it.
      terminate(worker)
      throw error
    }
  }

  /** It has ended, and what it left behind is put right. */
  #lost(failure: unknown): void {
    const hadAttached = this.#wasThere()
    this.#running = undefined
    if (this.#closed) {
      this.#ended()
      return
    }
    if (!hadAttached) this.#failure = errorText(failure ?? new Error('it ended before it attached'))
    this.#stand()
  }

  /**
   * Another one is started, and this thread does not wait for it, where the last one did not start: of one that does not
   * load it would not be told meanwhile. @throws EIO then
   */
  #throwFailure(): void {
    const failure = this.#failure
    if (failure === undefined) return
    this.#restart()
    throw new HandleError('EIO', { text: `the I/O worker did not start: ${failure}` })
  }

  /** Puts what starts another one where threads look for it, and has those look who wait. */
  #stand(): void {
    this.#table!.replace(IO, startKind.open({ start: () => this.#restart() }))
    this.#memory!.waits.ringAll()
  }

  #restart(): number {
    if (this.#closed) return -EIO
    // Another thread has asked meanwhile.
    if (this.#running !== undefined) return 0
    try {
      this.#table!.close(IO)
      this.#failure = undefined
      this.#running = this.#start()
      return 0
    } catch (error) {
      this.#failure = errorText(error)
      this.#stand()
      return -EIO
    }
  }

  #isAttached(): boolean {
    return this.#look((object) => object.as(IoOps) !== undefined)
  }

  #wasThere(): boolean {
    return this.#look(() => true)
  }

  #look(look: (object: KernelObject) => boolean): boolean {
    const object = this.#table!.get(IO)
    if (object === undefined) return false
    try {
      return look(object)
    } finally {
      object.release()
    }
  }
}

/** How long a worker may take that delivers what its sockets have taken; TCP itself gives up earlier. */
const LINGER_MS = 90_000
