import { ControlOps, defineKind, errnoOf, FIONREAD, implement, PipeOps, StreamOps, type OpenObject } from '@ht/core'
import { version } from './version.js'
import type { ControlMethods, PipeMethods, StreamMethods } from '@ht/core'
import type { Pipe } from './pipe.js'

declare module '@ht/core' {
  interface KnownKinds {
    'ht:pipe': { capabilities: StreamMethods | PipeMethods | ControlMethods }
  }
}

/** One end of a pipe. */
interface End {
  readonly pipe: Pipe
  readonly reads: boolean
}

const EBADF = errnoOf('EBADF')
const EINVAL = errnoOf('EINVAL')
const ENOTTY = errnoOf('ENOTTY')

/** The kind of both ends of a pipe; which end an object is, its access mode says. */
export const pipeKind = defineKind<End>({
  name: 'ht:pipe',
  package: '@ht/pipe',
  version,
  type: 2,
  capabilities: [
    implement(StreamOps, {
      read: ({ state }, buffer) => (state.reads ? state.pipe.read(buffer) : -EBADF),
      write: ({ state }, bytes) => (state.reads ? -EBADF : state.pipe.write(bytes)),
    }),
    implement(PipeOps, {
      capacity: ({ state }) => state.pipe.ring.capacity,
      setCapacity: ({ state }, bytes) => state.pipe.setCapacity(bytes),
      bytesWaiting: ({ state }) => state.pipe.ring.stored,
      peerCount: ({ state }) => (state.reads ? state.pipe.writers : state.pipe.readers),
    }),
    implement(ControlOps, {
      control({ state }, request, argument) {
        if (request !== FIONREAD) return -ENOTTY
        if (argument.length < 4) return -EINVAL
        argument.set(new Uint8Array(Int32Array.of(state.pipe.ring.stored).buffer))
        return 0
      },
    }),
  ],
  inferMetadata: ({ state }) => ({ handleType: 'IpcChannel', accessMode: state.reads ? 'ReadOnly' : 'WriteOnly' }),
  cloneForDup: ({ state }) => {
    count(state, 1)
  },
  dropHolder: ({ state }) => {
    count(state, -1)
  },
  describe: describeEnd,
  ready: {
    now: ({ state }) => (state.reads ? state.pipe.readerReadiness : state.pipe.writerReadiness),
    changes: ({ state }) => (state.reads ? state.pipe.forReaders : state.pipe.forWriters),
  },
})

/** One holder more or less at an end. The first and the last one change what the other side can do. */
function count({ pipe, reads }: End, change: number): void {
  if (reads) {
    pipe.readers += change
    if (pipe.readers <= 1) pipe.forWriters.wake()
  } else {
    pipe.writers += change
    if (pipe.writers <= 1) pipe.forReaders.wake()
  }
}

function describeEnd({ state: { pipe, reads } }: OpenObject<End>): string {
  const peers = reads ? `writers: ${String(pipe.writers)}` : `readers: ${String(pipe.readers)}`
  const { stored, capacity } = pipe.ring
  return `${reads ? 'read' : 'write'} end of pipe ${String(pipe.id)}, ${String(stored)} of ${String(capacity)} bytes, ${peers}`
}
