/**
 * Tables that live in shared memory, with a real lock and lookups without one, used by many workers at once.
 *
 * @packageDocumentation
 */
export { createAccount, type AccountLimits, type MemoryAccount } from './thread/accounts.js'
export { attachMemory, leaveMemory, memoryToken, prepareToAttach } from './thread/attach-memory.js'
export type { AttachOptions, MemoryToken } from './thread/attach-memory.js'
export { createSharedMemory } from './thread/create-memory.js'
export type { SharedMemoryOptions } from './thread/create-memory.js'
export type { SharedBytes } from './words/words.js'
export type { SharedMemory } from './thread/memory.js'
export { openShared, type OpenSharedOptions } from './objects/open-shared.js'
export { inCommons, type Commons, type CommonsEnd, type CommonsHooks, type CommonsLayout } from './kinds/commons.js'
export { openEnds, type OpenEndsOptions } from './kinds/open-ends.js'
export { holdersOf } from './objects/holders.js'
export { allocate, free, own, ownership } from './words/pages.js'
export { pageNumber } from './words/damage.js'
export { acquire, release } from './words/lock.js'
export { isLockBusy } from './words/lock-busy.js'
export { pause } from './words/pause.js'
export { SharedInode } from './objects/shared-inode.js'
export { SharedRing } from './ring/ring.js'
export { attach, createSharedTable, share, viewTable } from './table/shared-table.js'
export type { AttachTableOptions, TableToken } from './table/shared-table.js'
export { SharedWaitQueue } from './waits/shared-wait-queue.js'
export { admitWorker } from './thread/workers.js'
export type { AdmittedWorker, NodeWorker, WebWorker } from './thread/workers.js'
export { readSync, untilAnsweredSync, whenReadySync, writeSync, writeWholeSync, type SyncWaitOptions } from './waits/blocking.js'
