/*
 * A process with a kernel and an I/O worker. With an address it sends there all that anybody takes, closes the kernel,
 * and says how many bytes were taken; without one it makes a socket, and leaves the kernel open.
 */
import { Worker } from 'node:worker_threads'
import { AF_INET, SOCK_STREAM } from '@ht/core/socket'
import { createKernel } from '@ht/kernel'
import { createThreads } from '@ht/kernel/threads'
import { tcpKind } from '@ht/socket/tcp'
import type { HandleError } from '@ht/core'

/** Who has taken nothing for so long is full: the other side's host, this one's, and then the socket. */
const FULL_MS = 200

const [ioWorker, address] = process.argv.slice(2)
const createWorker = () => new Worker(new URL(ioWorker!))
const kernel = createKernel({
  kinds: [tcpKind],
  threads: createThreads({ createWorker, io: { createWorker, domains: [AF_INET] } }),
})
let sent = 0
const { error } = await kernel.run(async (task) => {
  const socket = task.socket(AF_INET, SOCK_STREAM)
  if (address === undefined) return
  await task.connectAsync(socket, address)
  const bytes = new Uint8Array(65_536)
  try {
    for (;;) sent += await task.sendAsync(socket, bytes, 0, { timeoutMs: FULL_MS })
  } catch (thrown) {
    if ((thrown as HandleError).code !== 'ETIMEDOUT') throw thrown
  }
})
if (error !== undefined) throw error as Error
if (address !== undefined) kernel.close()
console.log(sent)
