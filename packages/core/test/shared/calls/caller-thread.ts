import { parentPort, workerData } from 'node:worker_threads'
import { StreamOps } from '@ht/core'
import { attach, readSync, type TableToken } from '@ht/core/shared'
import { stopAt } from './stop-at.js'
import { labOf } from './lab-of.js'

/** What a thread that calls is asked to do with the object of a handle. */
export interface CallerGiven {
  readonly token: unknown
  readonly handle: number
  readonly task: 'hold' | 'holdAndMake' | 'make' | 'text' | 'read' | 'addMany' | 'bounce' | 'describe'
  readonly times?: number
  /** The pause point at which it stops for ever, and the gate that says so. */
  readonly stop?: string
  readonly gate?: Int32Array
  /** The handle of an object that is at home in yet another thread. */
  readonly peer?: number
}

const { token, handle, task, times = 0, peer = -1, stop, gate } = (workerData as { given: CallerGiven }).given
const table = attach(token as TableToken)
const object = table.get(handle)!
const other = peer < 0 ? undefined : table.get(peer)!

stopAt(stop, gate)
parentPort?.postMessage(answer())
other?.release()
object.release()
table.dispose()

function answer(): unknown {
  switch (task) {
    case 'hold':
      return labOf(object).hold()
    case 'holdAndMake':
      return typeof labOf(object).holdAndMake('for the dead')
    case 'make':
      return typeof labOf(object).make('for the dead')
    case 'text':
      return labOf(object).text(200_000)
    case 'describe':
      return table.getObjectInfo(handle)?.description
    case 'read': {
      const buffer = new Uint8Array(16)
      const count = readSync(object, buffer)
      return [count, ...buffer.subarray(0, count), object.as(StreamOps) !== undefined]
    }
    case 'addMany': {
      let sum = 0
      for (let i = 0; i < times; i++) sum = labOf(object).add(sum, 1)
      return sum
    }
    case 'bounce': {
      let sum = 0
      for (let i = 0; i < times; i++) sum += labOf(object).bounce(other!, object, 2)
      return sum
    }
  }
}
