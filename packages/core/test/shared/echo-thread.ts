import { parentPort, workerData } from 'node:worker_threads'
import { attach, type TableToken } from '@ht/core/shared'

const { token } = (workerData as { given: { token: TableToken } }).given
const table = attach(token)
parentPort?.postMessage(table.activeHandles())
table.dispose()
