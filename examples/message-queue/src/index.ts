/**
 * A bounded queue of messages, as a kind for `@ht/core`: what is sent in one write is received in one read.
 *
 * @packageDocumentation
 */
import {
  defineCapability,
  defineKind,
  errnoOf,
  HandleError,
  implement,
  IN,
  OUT,
  StreamOps,
  type KernelObject,
  type StreamMethods,
} from '@ht/core'
import { MessageQueue } from './message-queue.js'

/** What a queue can tell besides its stream. */
export interface QueueMethods {
  /** How many messages wait. */
  length(): number
}

export const QueueOps = defineCapability<QueueMethods>('acme-message-queue', {
  length: { parameters: [], result: 'int' },
})

declare module '@ht/core' {
  interface KnownKinds {
    'acme-message-queue': { capabilities: StreamMethods | QueueMethods }
  }
  interface HandleTypes {
    'acme-mailbox': true
  }
}

export const queueKind = defineKind<MessageQueue, 'acme-message-queue'>({
  name: 'acme-message-queue',
  version: '0.1.0',
  capabilities: [
    implement(StreamOps, {
      /** The oldest message, whole; −EMSGSIZE when the buffer is too small for it, and it stays. */
      read({ state: queue }, buffer) {
        const length = queue.nextLength
        if (buffer.length === 0) return 0
        if (length === undefined) return -errnoOf('EAGAIN')
        if (length > buffer.length) return -errnoOf('EMSGSIZE')
        buffer.set(queue.take())
        return length
      },
      write({ state: queue }, message) {
        if (message.length === 0) return 0
        if (queue.isFull) return -errnoOf('EAGAIN')
        queue.add(message)
        return message.length
      },
    }),
    implement(QueueOps, { length: ({ state: queue }) => queue.length }),
  ],
  inferMetadata: () => ({ handleType: 'acme-mailbox' }),
  describe: ({ state: queue }) => `${String(queue.length)} of ${String(queue.depth)} messages`,
  ready: {
    now: ({ state: queue }) => (queue.length > 0 ? IN : 0) | (queue.isFull ? 0 : OUT),
    changes: ({ state: queue }) => queue.changes,
  },
})

/** Makes a queue for at most `depth` messages. The reference is the caller's. */
export function createQueue(depth = 16): KernelObject<'acme-message-queue'> {
  if (!Number.isInteger(depth) || depth < 1) {
    throw new HandleError('EINVAL', { text: 'depth must be an integer from 1 up', syscall: 'createQueue' })
  }
  return queueKind.open(new MessageQueue(depth))
}
