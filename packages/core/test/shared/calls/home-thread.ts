import { parentPort, workerData } from 'node:worker_threads'
import { attach, type TableToken } from '@ht/core/shared'
import { labKind } from './lab-kind.js'
import { stopAt } from './stop-at.js'
import type { HomeGiven } from './lab-ops.js'

// The thread where objects are at home: it says which handle one has, and serves until it is told to end.
const { token, gate, stop } = (workerData as { given: HomeGiven }).given
const table = attach(token as TableToken)
const lab = table.insert(labKind(gate).open({ name: 'first' }))
parentPort?.on('message', () => {
  table.dispose()
  parentPort?.close()
})
stopAt(stop, gate)
parentPort?.postMessage(lab)
