import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openObjectOf } from '@ht/core'
import { formatLsof } from '@ht/kernel/format'
import { createPresetKernel } from '@ht/kernel/preset'
import { createQueue, queueKind, QueueOps } from '../src/index.js'

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const bytes = (message: string) => new TextEncoder().encode(message)

describe('a queue in a kernel', () => {
  it('shows in lsof, with its role', async () => {
    const kernel = createPresetKernel({ kinds: [queueKind] })
    let listed = ''
    await kernel.spawn(
      () => {
        listed = formatLsof(kernel.lsof())
        return 0
      },
      { handles: { 3: createQueue(4) } },
    ).exited
    kernel.close()
    assert.match(listed, /acme-message-queue +rw +acme-mailbox .* 0 of 4 messages/)
  })

  it('is used by tasks through the same calls as any object, and a receiver waits for a message', async () => {
    const kernel = createPresetKernel({ kinds: [queueKind] })
    const received: string[] = []
    const sender = kernel.spawn(
      async (task) => {
        const receiver = task.fork(async (child) => {
          const buffer = new Uint8Array(64)
          for (let i = 0; i < 3; i++) received.push(text(buffer.subarray(0, await child.readAsync(0, buffer))))
        })
        for (const message of ['one', 'two', 'three']) await task.writeAsync(0, bytes(message))
        await task.wait(receiver)
      },
      { handles: { 0: createQueue(1) } },
    )
    const { error } = await sender.exited
    kernel.close()
    assert.equal(error, undefined)
    assert.deepEqual(received, ['one', 'two', 'three'])
  })

  it('is as well typed as a kind of the packages', () => {
    const object = createQueue()
    // No `?.`: a queue is known to have both.
    assert.equal(object.as(QueueOps).length(), 0)
    assert.equal(openObjectOf(object).kind.name, queueKind.name)
    object.release()
  })
})
