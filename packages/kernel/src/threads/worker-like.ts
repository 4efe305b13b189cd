/** A worker, of Node's `worker_threads` or of a page. */
export interface WorkerLike {
  postMessage(message: unknown): void
  terminate(): unknown
  /** Node's: it keeps the process alive, or does not. */
  ref?(): void
  unref?(): void
}

/** Whether it is Node's. */
export function isNodeWorker(worker: WorkerLike): boolean {
  return typeof (worker as Partial<NodeWorker>).on === 'function'
}

/** What is to be heard of a worker. A message that cannot be read is none. */
export interface WorkerEvents {
  message(message: unknown): void
  /** It threw what nothing caught, or did not load. */
  error(error: unknown): void
  /** Node's only: with the status of `process.exit`. */
  exit(status: number): void
}

/** Listens to a worker of either sort; to what is none it does nothing. */
export function listenTo(worker: WorkerLike, events: WorkerEvents): void {
  const { on, addEventListener } = ((worker as WorkerLike | undefined) ?? {}) as Partial<NodeWorker & PageWorker>
  if (typeof on === 'function') {
    for (const [event, listener] of Object.entries(events)) on.call(worker, event, listener as never)
    return
  }
  const listen = addEventListener?.bind(worker)
  listen?.('message', ({ data }: MessageEvent) => {
    events.message(data)
  })
  listen?.('error', ({ error, message }: ErrorEvent) => {
    events.error(error ?? new Error(message || 'the worker did not load'))
  })
}

/** Terminates a worker; what is none is left alone. Its end is told by its events, not by a promise. */
export function terminate(worker: WorkerLike | undefined): void {
  const ending = async () => {
    await (worker as Partial<WorkerLike> | undefined)?.terminate?.()
  }
  ending().catch(() => undefined)
}

interface NodeWorker {
  on(event: string, listener: (value: never) => void): unknown
}

interface PageWorker {
  addEventListener(event: string, listener: (event: never) => void): void
}
