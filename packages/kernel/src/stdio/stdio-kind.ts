import { ControlOps, defineKind, implement, StreamOps, type ControlMethods, type StreamMethods, type WaitQueue } from '@ht/core'
import { ENOTTY } from '../errno.js'
import { version } from '../version.js'

declare module '@ht/core' {
  interface KnownKinds {
    'ht:stdio': { capabilities: StreamMethods | ControlMethods }
  }
}

/** The host's end of a task's input or output. All answers are a number of bytes, or −errno, at once. */
export interface HostEnd {
  read(buffer: Uint8Array): number
  write(bytes: Uint8Array): number
  /** Answers a control request (ioctl(2)); without it, all are −ENOTTY. */
  control?(request: number, argument: Uint8Array): number
  /** Readiness bits (IN, OUT, ERR) of this moment. */
  readiness(): number
  /** Woken at each change of them. */
  readonly changes: WaitQueue
  /** One line for `lsof`. */
  describe(): string
  /** No task has it any more. */
  close(): void
}

/** Standard input, output and error that lead to the host. To a task they look like a device; a terminal tells its size. */
export const stdioKind = defineKind<HostEnd, 'ht:stdio'>({
  name: 'ht:stdio',
  package: '@ht/kernel',
  version,
  type: 4,
  capabilities: [
    implement(StreamOps, {
      read: ({ state }: { state: HostEnd }, buffer) => state.read(buffer),
      write: ({ state }, bytes) => state.write(bytes),
    }),
    implement(ControlOps, {
      control: ({ state }: { state: HostEnd }, request, argument) => state.control?.(request, argument) ?? -ENOTTY,
    }),
  ],
  inferMetadata: () => ({ handleType: 'StandardInputOutput' }),
  release: ({ state }) => {
    state.close()
  },
  describe: ({ state }) => state.describe(),
  ready: {
    now: ({ state }) => state.readiness(),
    changes: ({ state }) => state.changes,
  },
})
