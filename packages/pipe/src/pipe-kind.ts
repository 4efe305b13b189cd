import {
  ControlOps,
  defineKind,
  errnoOf,
  ERR,
  FIONREAD,
  HUP,
  implement,
  IN,
  inodeOps,
  OUT,
  PipeOps,
  StreamOps,
  type OpenObject,
} from '@ht/core'
import { PIPE_BUF, type Pipe } from './pipe.js'
import { version } from './version.js'
import type { ControlMethods, InodeMethods, KindDefinition, PipeMethods, StreamMethods } from '@ht/core'

declare module '@ht/core' {
  interface KnownKinds {
    'ht:pipe': { capabilities: StreamMethods | PipeMethods | ControlMethods | InodeMethods }
  }
}

/** One end of a pipe. */
export interface End {
  readonly pipe: Pipe
  readonly reads: boolean
}

const EBADF = errnoOf('EBADF')
const EINVAL = errnoOf('EINVAL')
const ENOTTY = errnoOf('ENOTTY')

/** All that the ends of a pipe do, wherever the pipe lives. */
export const pipeDefinition: KindDefinition<End, 'ht:pipe'> = {
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
      capacity: ({ state }) => state.pipe.capacity,
      setCapacity: ({ state }, bytes) => state.pipe.setCapacity(bytes),
      bytesWaiting: ({ state }) => state.pipe.stored,
      peerCount: ({ state }) => (state.reads ? state.pipe.writers : state.pipe.readers),
    }),
    implement(ControlOps, {
      control({ state }, request, argument) {
        if (request !== FIONREAD) return -ENOTTY
        if (argument.length < 4) return -EINVAL
        argument.set(new Uint8Array(Int32Array.of(state.pipe.stored).buffer))
        return 0
      },
    }),
    inodeOps(({ pipe }: End) => pipe.inode),
  ],
  inferMetadata: ({ state }) => ({ handleType: 'IpcChannel', accessMode: state.reads ? 'ReadOnly' : 'WriteOnly' }),
  cloneForDup: ({ state }) => {
    state.pipe.count(state.reads, 1)
  },
  dropHolder: ({ state }) => {
    state.pipe.count(state.reads, -1)
  },
  describe: describeEnd,
  ready: {
    now: ({ state: { pipe, reads } }) => (reads ? readerReadiness(pipe) : writerReadiness(pipe)),
    changes: ({ state: { pipe, reads } }) => (reads ? pipe.forReaders : pipe.forWriters),
  },
}

/** The kind of both ends of a pipe; which end an object is, its access mode says. */
export const pipeKind = defineKind(pipeDefinition)

/** Readiness of the read end (poll(2)): with data IN, and HUP besides once no writer is left. */
function readerReadiness(pipe: Pipe): number {
  // The writers first: what the last one wrote is there by the time that it has gone.
  const over = pipe.writers === 0 ? HUP : 0
  return (pipe.stored > 0 ? IN : 0) | over
}

/** Readiness of the write end: OUT when a write of PIPE_BUF bytes would succeed, ERR without a reader. */
function writerReadiness(pipe: Pipe): number {
  return (pipe.capacity - pipe.stored >= PIPE_BUF ? OUT : 0) | (pipe.readers === 0 ? ERR : 0)
}

function describeEnd({ state: { pipe, reads } }: OpenObject<End>): string {
  const { id, stored, capacity, writers, readers } = pipe
  const peers = reads ? `writers: ${String(writers)}` : `readers: ${String(readers)}`
  return `${reads ? 'read' : 'write'} end of pipe ${String(id)}, ${String(stored)} of ${String(capacity)} bytes, ${peers}`
}
