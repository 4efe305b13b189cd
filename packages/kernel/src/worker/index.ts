/**
 * What runs in a kernel's workers: programs that are modules, with calls that block.
 *
 * @packageDocumentation
 */

export { runIoWorker } from './run-io-worker.js'
export type { IoWorkerOptions } from './run-io-worker.js'
export { runWorker } from './run-worker.js'
export type { WorkerOptions } from './run-worker.js'
export type { WorkerProgram, WorkerPrograms } from './programs.js'
export type { WorkerPort } from './port.js'
export type { SyncCalls } from './blocking.js'
export type { WorkerTask } from './worker-task.js'
