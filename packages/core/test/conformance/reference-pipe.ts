import {
  ControlOps,
  defineKind,
  errnoOf,
  ERR,
  FIONREAD,
  HUP,
  implement,
  IN,
  OUT,
  PipeOps,
  StreamOps,
  WaitQueue,
  type Implementation,
  type Kind,
  type KindDefinition,
} from '@ht/core'
import type { ControlMethods, PipeMethods, StreamMethods } from '@ht/core'
import type { KindDescription } from '../../src/conformance/index.js'

const EAGAIN = errnoOf('EAGAIN')
const EBADF = errnoOf('EBADF')
const EBUSY = errnoOf('EBUSY')
const EINVAL = errnoOf('EINVAL')
const ENOTTY = errnoOf('ENOTTY')
const EPERM = errnoOf('EPERM')
const EPIPE = errnoOf('EPIPE')

/** What both ends share. */
interface Shared {
  bytes: number[]
  capacity: number
  readers: number
  writers: number
  changes: WaitQueue
}

export interface End {
  shared: Shared
  reads: boolean
}

/** All that makes the kind, in parts that a test can replace. */
export interface PipeParts {
  hooks: Omit<KindDefinition<End>, 'name' | 'capabilities'>
  stream: Partial<Implementation<StreamMethods, End>>
  pipe: Partial<Implementation<PipeMethods, End>>
  control: Partial<Implementation<ControlMethods, End>>
}

/** A pipe with nothing clever in it. */
export const goodPipe: Required<PipeParts> & {
  stream: Implementation<StreamMethods, End>
  pipe: Implementation<PipeMethods, End>
} = {
  hooks: {
    inferMetadata: ({ state }) => ({ handleType: 'IpcChannel', accessMode: state.reads ? 'ReadOnly' : 'WriteOnly' }),
    cloneForDup: ({ state }) => {
      count(state, 1)
    },
    dropHolder: ({ state }) => {
      count(state, -1)
    },
    release: () => {
      outside.held--
    },
    describe: ({ state }) => `${state.reads ? 'reader' : 'writer'}, ${String(state.shared.bytes.length)} bytes`,
    ready: {
      now: ({ state: { shared, reads } }) =>
        reads
          ? (shared.bytes.length > 0 ? IN : 0) | (shared.writers > 0 ? 0 : HUP)
          : (shared.capacity - shared.bytes.length >= 4096 ? OUT : 0) | (shared.readers > 0 ? 0 : ERR),
      changes: ({ state }) => state.shared.changes,
    },
  },
  stream: {
    read({ state: { shared, reads } }, buffer) {
      if (!reads) return -EBADF
      if (buffer.length === 0) return 0
      if (shared.bytes.length === 0) return shared.writers > 0 ? -EAGAIN : 0
      const taken = shared.bytes.splice(0, buffer.length)
      buffer.set(taken)
      shared.changes.wake()
      return taken.length
    },
    write({ state: { shared, reads } }, bytes) {
      if (reads) return -EBADF
      if (bytes.length === 0) return 0
      if (shared.readers === 0) return -EPIPE
      const room = shared.capacity - shared.bytes.length
      if (room === 0 || (bytes.length <= 4096 && room < bytes.length)) return -EAGAIN
      const taken = bytes.subarray(0, room)
      for (const byte of taken) shared.bytes.push(byte)
      shared.changes.wake()
      return taken.length
    },
  },
  pipe: {
    capacity: ({ state }) => state.shared.capacity,
    setCapacity({ state: { shared } }, asked) {
      if (asked < 0) return -EINVAL
      if (asked > 1 << 20) return -EPERM
      const capacity = 2 ** Math.ceil(Math.log2(Math.max(asked, 4096)))
      if (capacity < shared.bytes.length) return -EBUSY
      shared.capacity = capacity
      shared.changes.wake()
      return capacity
    },
    bytesWaiting: ({ state }) => state.shared.bytes.length,
    peerCount: ({ state: { shared, reads } }) => (reads ? shared.writers : shared.readers),
  },
  control: {
    control({ state }, request, argument) {
      if (request !== FIONREAD) return -ENOTTY
      if (argument.length < 4) return -EINVAL
      argument.set(new Uint8Array(Int32Array.of(state.shared.bytes.length).buffer))
      return 0
    },
  },
}

/** What ends hold outside of core, counted. */
export const outside = { held: 0 }

/** The kind, with some parts replaced. */
export function pipeKindWith(broken: Partial<PipeParts> = {}, name = 'acme-pipe'): Kind<End> {
  return defineKind<End>({
    name,
    capabilities: [
      implement(StreamOps, { ...goodPipe.stream, ...broken.stream }),
      implement(PipeOps, { ...goodPipe.pipe, ...broken.pipe }),
      implement(ControlOps, { ...goodPipe.control, ...broken.control }),
    ],
    ...goodPipe.hooks,
    ...broken.hooks,
  })
}

/** What the suite is told of it. */
export function describePipe(kind: Kind<End>): KindDescription {
  return {
    kind,
    pair() {
      const shared = { bytes: [], capacity: 65536, readers: 1, writers: 1, changes: new WaitQueue() }
      outside.held += 2
      return {
        reader: kind.open({ shared, reads: true }, { accessMode: 'ReadOnly' }),
        writer: kind.open({ shared, reads: false }, { accessMode: 'WriteOnly' }),
      }
    },
    held: () => outside.held,
    patienceMs: 20,
  }
}

function count({ shared, reads }: End, change: number): void {
  if (reads) shared.readers += change
  else shared.writers += change
  shared.changes.wake()
}
