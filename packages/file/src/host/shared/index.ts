/**
 * The host's files in memory that threads share: each thread that has one open reads and writes it by itself.
 *
 * @example
 * import { DirectoryOps, O_RDONLY } from '@ht/core'
 * import { createSharedMemory, createSharedTable, share } from '@ht/core/shared'
 * import { createSharedHostTree, sharedHostKinds } from '@ht/file/host-shared'
 *
 * const memory = createSharedMemory({ kinds: sharedHostKinds })
 * const table = createSharedTable(memory)
 * const root = createSharedHostTree('/srv/data', memory).root()
 * table.insert(root.as(DirectoryOps).openAt('readme.txt', O_RDONLY, 0))
 * worker.postMessage(share(table))
 *
 * @packageDocumentation
 */

export { createSharedHostTree } from './create-shared.js'
export { sharedHostFileKind, sharedHostKinds } from './shared-file-kind.js'
export type { HostTree } from '../create.js'
export type { FsTreeOptions } from '../../fs-like/tree.js'
