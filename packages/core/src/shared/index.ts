/**
 * Tables that live in shared memory, with a real lock and lookups without one, used by many workers at once.
 *
 * @packageDocumentation
 */
export { createAccount, type AccountLimits, type MemoryAccount } from './accounts.js'
export { attachMemory, leaveMemory, memoryToken, prepareToAttach } from './attach-memory.js'
export type { AttachOptions, MemoryToken } from './attach-memory.js'
export { createSharedMemory } from './create-memory.js'
export type { SharedMemoryOptions } from './create-memory.js'
export type { SharedBytes, SharedMemory } from './memory.js'
export { openShared, type OpenSharedOptions } from './open-shared.js'
export { holdersOf } from './holders.js'
export { allocate, free, own, ownership } from './pages.js'
export { acquire, isLockBusy, release } from './lock.js'
export { pause } from './pause.js'
export { SharedInode } from './shared-inode.js'
export { SharedRing } from './ring.js'
export { attach, createSharedTable, share, viewTable } from './shared-table.js'
export type { AttachTableOptions, TableToken } from './shared-table.js'
export { SharedWaitQueue } from './shared-wait-queue.js'
export { admitWorker } from './workers.js'
export type { AdmittedWorker, NodeWorker, WebWorker } from './workers.js'
export { readSync, untilAnsweredSync, whenReadySync, writeSync, writeWholeSync, type SyncWaitOptions } from './sync-waits.js'
