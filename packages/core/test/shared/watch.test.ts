import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { Watch } from '../../../../tooling/threads/watch.js'

const start = (code: string) => new Watch(new Worker(code, { eval: true }))

describe('a watched worker', () => {
  it('has its last message and its exit told, also to a thread that was busy meanwhile', async () => {
    const left = new Int32Array(new SharedArrayBuffer(4))
    const code = `
      const { parentPort, workerData } = require('node:worker_threads')
      parentPort.postMessage('last')
      process.exitCode = 3
      process.on('exit', () => {
        Atomics.store(workerData, 0, 1)
        Atomics.notify(workerData, 0)
      })`
    const thread = new Watch(new Worker(code, { eval: true, workerData: left }))
    // This thread is busy until the worker has said its last.
    expect(Atomics.wait(left, 0, 0, 600_000)).not.toBe('timed-out')
    expect(await thread.next()).toBe('last')
    expect(await thread.exited).toBe(3)
  })

  it('that ends without a message is an error, told to whoever awaits one, then or later', async () => {
    const thread = start('')
    await expect(thread.next()).rejects.toThrow('the worker has ended with 0')
    await expect(thread.next()).rejects.toThrow('the worker has ended with 0')
  })

  it('that throws has its error told', async () => {
    const thread = start('throw new TypeError("no good")')
    expect(await thread.exited).toBe(1)
    await expect(thread.next()).rejects.toThrow('no good')
  })
})
