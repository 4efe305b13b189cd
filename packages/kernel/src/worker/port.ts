import { HandleError } from '@ht/core'

/** Where a worker hears of its kernel. */
export interface WorkerPort {
  post(message: unknown): void
  listen(listener: (message: unknown) => void): void
  /** Hears no more, and no longer keeps the thread alive. */
  close?(): void
  /** Ends the thread. In a page it runs on until its current work is done. */
  exit?(): void
}

/** The port of the thread that this is. @throws ENOTSUP in one that is no worker */
export function defaultPort(syscall: string): WorkerPort {
  const here = globalThis as unknown as Here
  // Node has its port in a module, which is there without being imported.
  const node = here.process?.getBuiltinModule?.('worker_threads').parentPort
  if (node != null) {
    // As they are now: a program may put something else in their place.
    const post = node.postMessage.bind(node)
    const exit = here.process!.exit!.bind(here.process)
    return {
      post,
      exit,
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
  const [post, exit] = [postMessage.bind(globalThis), close.bind(globalThis)]
  return {
    post: (message) => {
      post(message)
    },
    exit,
    listen: (listener) => {
      addEventListener('message', ({ data }) => {
        listener(data)
      })
    },
  }
}

/** What a thread may find among its globals. */
interface Here {
  readonly process?: { exit?(): void; getBuiltinModule?(name: 'worker_threads'): { readonly parentPort: NodePort | null } }
  readonly document?: unknown
}

interface NodePort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (message: unknown) => void): void
  close(): void
}
