// The first module of every worker thread of a test or benchmark: makes TypeScript loadable, then loads the module asked for.
import { workerData } from 'node:worker_threads'
import { register } from 'tsx/esm/api'

register()
await import(workerData.module)
