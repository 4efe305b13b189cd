import { traceCalls } from '../trace/traced-task.js'
import { WorkerRunningTask } from './worker-task.js'

/** A worker's task whose calls are told to the kernel's trace. */
export class TracedWorkerTask extends WorkerRunningTask {}

traceCalls(TracedWorkerTask.prototype)
