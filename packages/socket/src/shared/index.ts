/**
 * Local sockets in memory that threads share: pairs of streams. Each is used by all threads that have a handle of it.
 *
 * @example
 * import { createSharedMemory, createSharedTable, share } from '@ht/core/shared'
 * import { createSharedSocketPair, sharedLocalSocketKind } from '@ht/socket/shared'
 *
 * const memory = createSharedMemory({ kinds: [sharedLocalSocketKind] })
 * const table = createSharedTable(memory)
 * table.insertAll(createSharedSocketPair(memory))
 * worker.postMessage(share(table))
 *
 * @packageDocumentation
 */

export { createSharedLocalSockets, createSharedSocketPair } from './create-shared-sockets.js'
export { sharedLocalSocketKind } from './shared-socket-kind.js'
export type { SocketPair } from '../local/local-sockets.js'
