import { Worker } from 'node:worker_threads'
import { bundled } from './bundled.js'

/**
 * Starts a worker thread whose module is TypeScript, from the sources. It finds what it was given in
 * `workerData.given`.
 *
 * @param module its address: `new URL('./thread.ts', import.meta.url)`
 * @param conditions how it finds the packages: in their sources by default; `[]` for what was built
 */
export function startThread(module: URL, given: unknown, conditions?: readonly string[]): Worker {
  return new Worker(bundled(module, conditions), { workerData: { given }, execArgv: [] })
}
