/**
 * Pipes in memory that threads share. Each end is used by all threads that have a handle of it.
 *
 * @example
 * import { createSharedMemory, createSharedTable, share } from '@ht/core/shared'
 * import { createSharedPipe, sharedPipeKind } from '@ht/pipe/shared'
 *
 * const memory = createSharedMemory({ kinds: [sharedPipeKind] })
 * const table = createSharedTable(memory)
 * const { reader, writer } = createSharedPipe(memory)
 * table.insertAll([reader, writer])
 * worker.postMessage(share(table))
 *
 * @packageDocumentation
 */

export { createSharedPipe } from './create-shared-pipe.js'
export { sharedPipeKind } from './shared-pipe-kind.js'
export type { PipeEnds, PipeOptions } from '../create-pipe.js'
