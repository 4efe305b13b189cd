import { HEADER_WORDS, T_AWAKE, THREAD_WORDS } from '../../shared/words/layout.js'
import { share } from '../../shared/table/shared-table.js'
import { SharedWaitQueue } from '../../shared/waits/shared-wait-queue.js'
import { admitWorker, type AdmittedWorker } from '../../shared/thread/workers.js'
import { check, ConformanceError } from '../assert.js'
import type { HandleTable } from '../../table/handle-table.js'
import type { OpenObject } from '../../object/open-object.js'
import type { SharedMemory } from '../../shared/thread/memory.js'
import type { HandleUser } from './handle-user.js'
import type { Answer, Begin, Request } from './messages.js'

/** A `Worker` of node:worker_threads. */
interface NodePartner {
  readonly threadId: number
  postMessage(message: unknown): void
  terminate(): unknown
  once(event: 'exit', listener: () => void): unknown
  on(event: 'message' | 'error', listener: (value: unknown) => void): unknown
}

/** A `Worker` of a page. */
interface WebPartner {
  postMessage(message: unknown): void
  terminate(): unknown
  addEventListener(
    event: 'message' | 'error',
    listener: (event: { readonly data?: unknown; readonly message?: unknown }) => void,
  ): void
}

/** A worker whose module calls `serveConformance`: of node:worker_threads, or of a page. */
export type ConformanceWorker = NodePartner | WebPartner

/** How long a worker may take to start, at least. */
const START_MS = 60_000

/** Another thread, which does what a rule asks of it. */
export class Partner {
  readonly #memory: SharedMemory
  readonly #worker: ConformanceWorker
  readonly #admitted: AdmittedWorker
  readonly #patienceMs: number
  readonly #asked: { resolve(answer: Answer): void; reject(error: Error): void }[] = []
  #failure: Error | undefined
  #ended: Promise<void> | undefined

  /** To be made in the turn that starts the worker. */
  private constructor(memory: SharedMemory, worker: ConformanceWorker, patienceMs: number) {
    this.#memory = memory
    this.#worker = worker
    this.#patienceMs = patienceMs
    this.#admitted = admitWorker(memory, worker)
    const answered = (answer: unknown) => {
      this.#asked.shift()?.resolve(answer as Answer)
    }
    const failed = (error: unknown) => {
      const failure = (this.#failure ??=
        error instanceof Error ? error : new ConformanceError(`the worker threw ${String(error)}`))
      for (const { reject } of this.#asked.splice(0)) reject(failure)
    }
    if ('on' in worker) {
      worker.on('message', answered)
      worker.on('error', failed)
    } else {
      worker.addEventListener('message', ({ data }) => {
        answered(data)
      })
      worker.addEventListener('error', ({ message }) => {
        failed(message)
      })
    }
    void this.#admitted.cleaned.then(() => {
      failed(new ConformanceError('the worker has ended'))
    })
  }

  /** Has a worker that was just started attach to a table. */
  static async begin(memory: SharedMemory, table: HandleTable, worker: ConformanceWorker, patienceMs: number): Promise<Partner> {
    const partner = new Partner(memory, worker, patienceMs)
    // A call that nobody wakes looks once more at its timeout, and may find what it waits for: the rule has failed by then.
    const begin: Begin = { token: share(table, partner.#admitted.thread), timeoutMs: 10 * patienceMs }
    try {
      await partner.#post(begin, 'attach', Math.max(patienceMs, START_MS))
    } catch (error) {
      await partner.end()
      throw error
    }
    return partner
  }

  /** Asks for one step: what it gave. Steps are done in the order in which they are asked for. */
  ask<K extends keyof HandleUser>(name: K, ...args: Parameters<HandleUser[K]>): Promise<ReturnType<HandleUser[K]>> {
    const step = this.#post({ name, args } satisfies Request, name) as Promise<ReturnType<HandleUser[K]>>
    // A rule that fails before it looks at this answer has said what is wrong.
    step.catch(() => undefined)
    return step
  }

  /** Whether it sleeps until an object changes: it has looked for the last time, and only a wake has it look again. */
  isAsleepOn(open: OpenObject): boolean {
    const queue = open.kind.ready?.changes(open)
    check(queue instanceof SharedWaitQueue, 'changes gave a queue that is no SharedWaitQueue: no other thread could wait in it')
    const { words } = this.#memory
    const { thread } = this.#admitted
    const isEnlisted = (Atomics.load(words, queue.at + (thread >> 5)) & (1 << (thread & 31))) !== 0
    return isEnlisted && Atomics.load(words, HEADER_WORDS + thread * THREAD_WORDS + T_AWAKE) === 0
  }

  /** Ends the worker wherever it is. Settled when what it left behind has been put right. */
  end(): Promise<void> {
    this.#ended ??= this.#end()
    return this.#ended
  }

  async #end(): Promise<void> {
    const terminated = this.#worker.terminate()
    this.#admitted.terminated()
    await terminated
    await this.#admitted.cleaned
  }

  async #post(message: Begin | Request, name: string, patienceMs = this.#patienceMs): Promise<unknown> {
    const answer = await new Promise<Answer>((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure
      const timer = setTimeout(() => {
        reject(new ConformanceError(`the worker does not answer: ${name}`))
      }, patienceMs)
      const over =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer)
          settle(value)
        }
      this.#asked.push({ resolve: over(resolve), reject: over(reject) })
      this.#worker.postMessage(message)
    })
    if ('failure' in answer) throw new ConformanceError(`in the other thread, ${name} threw ${answer.failure}`)
    return answer.value
  }
}
