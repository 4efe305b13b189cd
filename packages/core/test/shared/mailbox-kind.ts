import { defineKind, implement, IN, OUT, StreamOps } from '@ht/core'
import { openShared, SharedWaitQueue, type SharedMemory } from '@ht/core/shared'

interface Mailbox {
  readonly memory: SharedMemory
  readonly at: number
  readonly queue: SharedWaitQueue
}

const EAGAIN = 11

/** An object in shared memory that holds one byte or none: enough to wait for. */
export const mailboxKind = defineKind<Mailbox>({
  name: 'test-mailbox',
  shared: { attach: (memory: SharedMemory, at) => ({ memory, at, queue: new SharedWaitQueue(memory, at + 1) }) },
  capabilities: [
    implement(StreamOps, {
      read({ state: { memory, at, queue } }, buffer) {
        const found = Atomics.exchange(memory.words, at, 0)
        if (found === 0) return -EAGAIN
        buffer[0] = found - 1
        queue.wake()
        return 1
      },
      write({ state: { memory, at, queue } }, bytes) {
        if (Atomics.compareExchange(memory.words, at, 0, bytes[0]! + 1) !== 0) return -EAGAIN
        queue.wake()
        return 1
      },
    }),
  ],
  ready: {
    now: ({ state: { memory, at } }) => (Atomics.load(memory.words, at) === 0 ? OUT : IN),
    changes: ({ state }) => state.queue,
  },
})

export const createMailbox = (memory: SharedMemory, status = 0) => openShared(memory, mailboxKind, { status })
