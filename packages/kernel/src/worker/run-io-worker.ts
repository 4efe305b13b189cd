import { attachMemory, leaveMemory, prepareToAttach, viewTable, type SharedMemory } from '@ht/core/shared'
import { familiesOf } from '../calls/sockets.js'
import { checkList, checkOptions, type OptionNames } from '../check.js'
import { IO, ioKind } from '../threads/io-kinds.js'
import { defaultPort, type WorkerPort } from './port.js'
import type { Kind } from '@ht/core'
import type { SocketFamily } from '@ht/core/socket'
import type { IoEndMessage, IoMessage } from '../threads/protocol.js'

/** What an I/O worker brings with it. */
export interface IoWorkerOptions {
  /** Families of sockets, for the domains that `createThreads` was told (`io.domains`). */
  readonly sockets: readonly SocketFamily[]
  /** The kinds that these use where objects live in shared memory. Objects that are at home in the worker need none. */
  readonly kinds?: readonly Kind[]
}

const IO_WORKER_OPTIONS: OptionNames<IoWorkerOptions> = { sockets: true, kinds: true }

/**
 * Makes this thread a kernel's I/O worker: sockets are at home here, and it does nothing but serve them. To be called
 * once, by the module that `io.createWorker` of `createThreads` starts.
 *
 * @example
 * import { runIoWorker } from '@ht/kernel/worker'
 * import { createTcpSockets } from '@ht/socket/tcp'
 *
 * runIoWorker({ sockets: [createTcpSockets()] })
 * @param port where the kernel's messages come from; the thread's own if omitted
 * @throws EINVAL for options that are wrong
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
