import { parentPort, workerData } from 'node:worker_threads'
import { isHandleError, openObjectOf } from '@ht/core'
import { attach, readSync, writeSync, writeWholeSync, type TableToken } from '@ht/core/shared'
import { sharedPipeKind } from '../../src/shared/index.js'
import { checkPattern, pattern, record } from './pattern.js'

/** What a thread of a test does with one handle of the table that it shares. It posts what that came to. */
export interface Job {
  readonly token: TableToken
  readonly handle: number
  readonly job: 'write' | 'read' | 'write whole' | 'read once' | 'records'
  /** How many bytes, or records. */
  readonly total: number
  /** The number of a thread that writes records. */
  readonly number?: number
}

const { token, handle, job, total, number = 0 } = (workerData as { given: Job }).given
const table = attach(token, { kinds: [sharedPipeKind] })
const object = table.get(handle)!

const jobs: Record<Job['job'], () => unknown> = {
  /** Writes the pattern in pieces of many sizes and alignments, then closes. */
  write() {
    for (let done = 0, i = 0; done < total; i++) {
      const length = Math.min(total - done, (i * 7919) % 9001)
      done += writeSync(object, pattern(done, length, i % 8))
    }
    table.close(handle)
    return total
  },
  /** Reads until the end of file, in pieces of many sizes and alignments. */
  read() {
    let done = 0
    for (let i = 1; ; i++) {
      const buffer = new Uint8Array(10_008).subarray(i % 8, (i % 8) + 1 + ((i * 6101) % 9001))
      const count = readSync(object, buffer)
      if (count === 0) return done
      checkPattern(buffer.subarray(0, count), done)
      done += count
    }
  },
  'write whole'() {
    const { written, failure } = writeWholeSync(openObjectOf(object), pattern(0, total, 0), {})
    return { written, code: isHandleError(failure) ? failure.code : failure }
  },
  'read once': () => readSync(object, new Uint8Array(total)),
  records() {
    for (let i = 0; i < total; i++) writeSync(object, record(number, i))
    return total
  },
}
const result = jobs[job]()
object.release()
table.dispose()
parentPort?.postMessage(result)
