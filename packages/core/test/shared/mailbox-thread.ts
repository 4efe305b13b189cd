import { parentPort, workerData } from 'node:worker_threads'
import { IN } from '@ht/core'
import { attach, readSync, whenReadySync, writeSync, type TableToken } from '@ht/core/shared'
import { mailboxKind } from './mailbox-kind.js'

// Reads from mailbox 0, waits for mailbox 1, and writes to mailbox 2 what it read.
const { token } = (workerData as { given: { token: TableToken } }).given
const table = attach(token, { kinds: [mailboxKind] })
const [first, second, third] = [0, 1, 2].map((handle) => table.get(handle)!) as [never, never, never]
const buffer = new Uint8Array(3)
readSync(first, buffer)
const bits = whenReadySync(second, IN)
// A mailbox takes one byte at a time, so this waits for each to be taken.
const written = writeSync(third, Uint8Array.of(buffer[0]!, bits, 9))
table.dispose()
parentPort?.postMessage({ bits, written })
