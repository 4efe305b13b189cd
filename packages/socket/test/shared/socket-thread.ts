import { parentPort } from 'node:worker_threads'
import { attach, readSync, writeSync, type TableToken } from '@ht/core/shared'
import { SHUT_WR, SocketOps } from '@ht/core/socket'
import { sharedLocalSocketKind } from '../../src/shared/index.js'
import type { KernelObject } from '@ht/core'

/** What a thread of a test does with one handle of the table that it is posted. It posts what that came to. */
export interface Job {
  readonly token: TableToken
  readonly handle: number
  readonly job: keyof typeof jobs
  /** How many bytes. */
  readonly total: number
}

const jobs = {
  /** Sends back what comes, until the other side has shut down sending. */
  echo(object: KernelObject) {
    const buffer = new Uint8Array(30_000)
    for (let done = 0; ;) {
      const count = readSync(object, buffer)
      if (count === 0) {
        object.as(SocketOps)!.shutdown(SHUT_WR)
        return done
      }
      for (let sent = 0; sent < count;) sent += writeSync(object, buffer.subarray(sent, count))
      done += count
    }
  },
  /** Sends numbers, then shuts down sending. */
  send(object: KernelObject, total: number) {
    for (let done = 0; done < total;) {
      const length = Math.min(total - done, 1 + ((done * 7919) % 50_000))
      done += writeSync(
        object,
        new Uint8Array(length).map((_, i) => (done + i) % 251),
      )
    }
    object.as(SocketOps)!.shutdown(SHUT_WR)
    return total
  },
  'receive once': (object: KernelObject, total: number) => readSync(object, new Uint8Array(total)),
  /** Gives up all that it has. */
  close: () => 'closed',
}

parentPort!.once('message', ({ token, handle, job, total }: Job) => {
  const table = attach(token, { kinds: [sharedLocalSocketKind] })
  const object = table.get(handle)!
  const result = jobs[job](object, total)
  if (job === 'close') table.close(handle)
  object.release()
  table.dispose()
  parentPort!.postMessage(result)
})
