import { parentPort, workerData } from 'node:worker_threads'
import { defineKind, implement, StreamOps } from '@ht/core'
import { attach, attachMemory, type TableToken } from '@ht/core/shared'

/** What the other side of the benchmark is given. */
export interface Given {
  readonly token: unknown
  /** Words for bare round trips: one to ask, one to answer. */
  readonly bare: Int32Array
  /** How often it looks for the next call before it sleeps. */
  readonly spins: number
}

const { token, bare, spins } = (workerData as { given: Given }).given
const kind = defineKind<null>({
  name: 'bench',
  capabilities: [implement(StreamOps, { read: (_, buffer) => buffer.length, write: (_, bytes) => bytes.length })],
})
const table = attach(token as TableToken)
attachMemory({ ...(token as TableToken), type: 'ht memory' }).spins = spins
const handle = table.insert(kind.open(null))

/** The bare round trip, as an event loop answers it: with nothing else to look at. */
async function answerBare(): Promise<void> {
  for (let seen = 0; ; seen++) {
    while (Atomics.load(bare, 0) === seen) {
      const { async, value } = Atomics.waitAsync(bare, 0, seen)
      if (async) await value
    }
    Atomics.store(bare, 1, seen + 1)
    Atomics.notify(bare, 1)
  }
}

void answerBare()
parentPort?.on('message', () => {
  process.exit()
})
parentPort?.postMessage(handle)
