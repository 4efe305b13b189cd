/**
 * Tasks in workers: a kernel's tables in memory that threads share, and programs that are modules.
 *
 * @packageDocumentation
 */

export { createThreads } from './threads.js'
export type { KernelThreads, ThreadsOptions } from './threads.js'
export type { IoOptions } from './io-worker.js'
export type { WorkerLike } from './worker-like.js'
