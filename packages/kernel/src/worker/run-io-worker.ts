import { attachMemory, leaveMemory, prepareToAttach, viewTable, type SharedMemory } from '@ht/core/shared'
import { familiesOf } from '../calls/sockets.js'
import { checkList, checkOptions, type OptionNames } from '../check.js'
import { IO, ioKind } from '../threads/io-kinds.js'
import { defaultPort, type WorkerPort } from './port.js'
import type { Kind } from '@ht/core'
import type { SocketFamily } from '@ht/core/socket'
import type { IoEndMessage, IoMessage } from '../threads/protocol.js'

/** Options of {@link runIoWorker}. */
export interface IoWorkerOptions {
  /** Socket families for the domains in `io.domains` of `createThreads`. */
  readonly sockets: readonly SocketFamily[]
  /** The kinds of their objects that live in shared memory. Objects at home in the worker need no kind. */
  readonly kinds?: readonly Kind[]
}

const IO_WORKER_OPTIONS: OptionNames<IoWorkerOptions> = { sockets: true, kinds: true }

/**
 * Makes this thread a kernel's I/O worker, the home of its sockets, which does nothing else. Call it once, in the
 * module that `io.createWorker` of `createThreads` starts.
 *
 * @example
 * import { runIoWorker } from '@ht/kernel/worker'
 * import { createTcpSockets } from '@ht/socket/tcp'
 *
 * runIoWorker({ sockets: [createTcpSockets()] })
 * @param port receives the kernel's messages. Defaults to the thread's own
 * @throws EINVAL that names a wrong option
 */
export function runIoWorker(options: IoWorkerOptions, port: WorkerPort = defaultPort('runIoWorker')): void {
  checkOptions(options, IO_WORKER_OPTIONS)
  if (options.kinds !== undefined) checkList(options.kinds, 'options.kinds', 'kinds')
  const families = familiesOf(options.sockets)
  let memory: SharedMemory | undefined
  const serve = async (message: IoMessage) => {
    await prepareToAttach(message.memory)
    memory = attachMemory(message.memory, options.kinds === undefined ? {} : { kinds: options.kinds })
    const table = viewTable(message.table)
    table.replace(IO, ioKind.open(families))
    table.dispose()
    memory.waits.ringAll()
  }
  port.listen((message) => {
    const { type } = (message ?? {}) as Partial<IoMessage | IoEndMessage>
    if (type === 'ht io end') {
      // What the sockets hold back keeps the thread alive, and nothing else does.
      if (memory !== undefined) leaveMemory(memory)
      port.close?.()
    } else if (type === 'ht io') {
      serve(message as IoMessage).catch((error: unknown) => {
        // A page is told of what is thrown in a worker, and not of a promise that is rejected.
        queueMicrotask(() => {
          throw error
        })
      })
    }
  })
}
