import { HandleError } from '@ht/core'

/** Where a worker hears of its kernel. */
export interface WorkerPort {
  post(message: unknown): void
  listen(listener: (message: unknown) => void): void
  /** Hears no more, and no longer keeps the thread alive. */
  close?(): void
  /**
   * Ends the thread, in Node with a status. In a page it runs on until its current work is done.
   *
   * @param last called at the end, after the program's listeners for the end; perhaps more than once
   */
  exit?(status?: number, last?: () => void): void
  /**
   * Has `take` called with what is thrown and nothing catches, instead of telling the thread that has made this one. Left
   * out where no more than a text is told.
   */
  uncaught?(take: (error: unknown) => void): void
}

/** The port of the thread that this is. @throws ENOTSUP in one that is not a worker */
export function defaultPort(syscall: string): WorkerPort {
  const here = globalThis as unknown as Here
  // Node has its port in a module, which is there without being imported.
  const node = here.process?.getBuiltinModule?.('worker_threads').parentPort
  if (node != null) {
    // As they are now: a program may put something else in their place.
    const post = node.postMessage.bind(node)
    const process = here.process as NodeProcess
    const [exit, on] = [process.exit.bind(process), process.on.bind(process)]
    return {
      post,
      exit: (status, last) => {
        try {
          if (last !== undefined) on('exit', last)
          exit(status)
        } catch {
          // One of the program's listeners threw. No more of them are called.
          last?.()
          exit(status)
        }
      },
      uncaught: (take) => {
        takeUncaught(process, take)
      },
      listen: (listener) => {
        node.on('message', listener)
      },
      close: () => {
        node.close()
      },
    }
  }
  if (node === null || here.document !== undefined) {
    throw new HandleError('ENOTSUP', { text: 'this thread is no worker', syscall })
  }
  const [post, end] = [postMessage.bind(globalThis), close.bind(globalThis)]
  return {
    post: (message) => {
      post(message)
    },
    exit: (_, last) => {
      last?.()
      end()
    },
    listen: (listener) => {
      addEventListener('message', ({ data }) => {
        listener(data)
      })
    },
  }
}

/**
 * Node copies the whole of an error that nothing catches to the thread that has made this one. It asks a capture callback
 * first, of which there can be one: it is set for a single error at a time, where the program has none, so that the
 * program's listeners and callbacks are what they would be.
 */
function takeUncaught(process: NodeProcess, take: (error: unknown) => void): void {
  const setCallback = process.setUncaughtExceptionCaptureCallback.bind(process)
  process.on('uncaughtExceptionMonitor', (_, origin) => {
    if (process.hasUncaughtExceptionCaptureCallback()) return
    setCallback((error) => {
      setCallback(null)
      let uncaught = error
      try {
        if (process.emit('uncaughtException', error, origin)) return
      } catch (thrown) {
        uncaught = thrown
      }
      take(uncaught)
    })
  })
}

/** What a thread may find among its globals. */
interface Here {
  readonly process?: Partial<NodeProcess>
  readonly document?: unknown
}

/** What is used of Node's `process`. */
interface NodeProcess {
  getBuiltinModule?(name: 'worker_threads'): { readonly parentPort: NodePort | null }
  exit(status?: number): void
  /** Monitors are told of each such error before anything else is. */
  on(event: 'uncaughtExceptionMonitor', listener: (error: unknown, origin: string) => void): unknown
  on(event: 'exit', listener: () => void): unknown
  /** Whether there was a listener. */
  emit(event: 'uncaughtException', error: unknown, origin: string): boolean
  hasUncaughtExceptionCaptureCallback(): boolean
  setUncaughtExceptionCaptureCallback(callback: ((error: unknown) => void) | null): void
}

interface NodePort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (message: unknown) => void): void
  close(): void
}
