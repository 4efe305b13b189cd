import {
  defineKind,
  errnoOf,
  HUP,
  ERR,
  implement,
  IN,
  openObjectOf,
  OUT,
  PipeOps,
  StreamOps,
  WaitQueue,
  type Kind,
} from '@ht/core'
import { acquire, allocate, free, holdersOf, openShared, own, release, SharedWaitQueue, type SharedMemory } from '@ht/core/shared'
import type { Given } from './faults.js'

/*
 * A pipe in shared memory with nothing clever in it: a page with a lock, a ring of bytes, and two wait queues. One rule
 * at a time can be broken.
 */

/* Words of the page. */
const LOCK = 0
const START = 1
const STORED = 2
/** The addresses of the own words of the reader and the writer. */
const ENDS = 3
/** A bit for each end that is released. */
const GONE = 5
const FOR_READER = 8
const FOR_WRITER = 10
const BYTES = 64

const CAPACITY = 2048
const READER = 0
const WRITER = 1

const EAGAIN = errnoOf('EAGAIN')
const EBADF = errnoOf('EBADF')
const EPIPE = errnoOf('EPIPE')

/** One end, as one thread sees it. */
interface End {
  readonly memory: SharedMemory
  /** Its own words: the page and the side. */
  readonly at: number
  readonly page: number
  readonly side: number
  readonly queue: WaitQueue
  readonly peerQueue: WaitQueue
  /** Of a kind that keeps what it should share. */
  readonly private: { bytes: number[]; bits?: number }
}

/** The kind, with one fault or none. */
export function channelKindWith({ fault, held }: Given): Kind<End> {
  const isNotWoken = fault === 'no wake'
  const wake = (queue: WaitQueue) => {
    if (!isNotWoken) queue.wake()
  }
  /** The holders that this thread has made, by page and side. */
  const made = new Map<number, number>()
  const count = ({ page, side }: End, change: number) => made.set(page + side, ownHolders(page, side) + change)
  const ownHolders = (page: number, side: number) => made.get(page + side) ?? 1
  const peers = ({ memory, page, side }: End) => {
    const other = 1 - side
    if (fault === 'peers of its own in each thread') return ownHolders(page, other)
    if ((Atomics.load(memory.words, page + GONE) & (1 << other)) !== 0) return 0
    const holders = holdersOf(memory, memory.words[page + ENDS + other]!)
    return fault === 'references count as peers' ? 1 : holders
  }
  const bitsOf = (end: End) => {
    const stored = Atomics.load(end.memory.words, end.page + STORED)
    if (end.side === READER) return (stored > 0 ? IN : 0) | (peers(end) > 0 ? 0 : HUP)
    return (stored < CAPACITY ? OUT : 0) | (peers(end) > 0 ? 0 : ERR)
  }
  return defineKind<End>({
    name: 'test-channel',
    shared: {
      attach(memory: SharedMemory, at) {
        const page = memory.words[at]!
        const side = memory.words[at + 1]!
        const queueHere = new WaitQueue()
        const queueAt = (word: number) =>
          fault === 'a wait queue of its own in each thread' ? queueHere : new SharedWaitQueue(memory, page + word)
        const [mine, others] = side === READER ? [FOR_READER, FOR_WRITER] : [FOR_WRITER, FOR_READER]
        return { memory, at, page, side, queue: queueAt(mine), peerQueue: queueAt(others), private: { bytes: [] } }
      },
      locks: ({ words }, at) => (words[at] === 0 ? [] : [words[at]! + LOCK]),
    },
    capabilities: [
      implement(StreamOps, {
        read({ state }, buffer) {
          const { memory, page, side } = state
          const { words, bytes } = memory
          if (side !== READER) return -EBADF
          if (buffer.length === 0) return 0
          if (fault === 'bytes of its own in each thread' && state.private.bytes.length > 0)
            return take(state.private.bytes, buffer)
          // The writers first: what the last one wrote is there by the time that it has gone.
          const isOver = peers(state) === 0 && fault !== 'no end of file'
          acquire(memory, page + LOCK)
          const start = words[page + START]!
          const count = Math.min(buffer.length, words[page + STORED]!)
          for (let i = 0; i < count; i++) buffer[i] = bytes[(page + BYTES) * 4 + ((start + i) % CAPACITY)]!
          words[page + START] = (start + count) % CAPACITY
          Atomics.sub(words, page + STORED, count)
          release(memory, page + LOCK)
          if (count > 0) wake(state.peerQueue)
          return count > 0 || isOver ? count : -EAGAIN
        },
        write({ state }, given) {
          const { memory, page, side } = state
          const { words, bytes } = memory
          if (side !== WRITER) return -EBADF
          if (given.length === 0) return 0
          if (peers(state) === 0 && fault !== 'no broken pipe') return -EPIPE
          if (fault === 'bytes of its own in each thread') return given.length
          acquire(memory, page + LOCK)
          const stored = words[page + STORED]!
          const end = words[page + START]! + stored
          const count = Math.min(given.length, CAPACITY - stored)
          for (let i = 0; i < count; i++) bytes[(page + BYTES) * 4 + ((end + i) % CAPACITY)] = given[i]!
          Atomics.add(words, page + STORED, count)
          release(memory, page + LOCK)
          if (count > 0) wake(state.peerQueue)
          return count > 0 ? count : -EAGAIN
        },
      }),
      implement(PipeOps, {
        peerCount: ({ state }) => peers(state),
        capacity: () => CAPACITY,
        bytesWaiting: ({ state }) => state.memory.words[state.page + STORED]!,
      }),
    ],
    cloneForDup({ state }) {
      count(state, 1)
    },
    dropHolder({ state }) {
      count(state, -1)
      if (fault !== 'no wake at a close') wake(state.peerQueue)
    },
    release({ state: { memory, at, page, side } }) {
      const { words } = memory
      Atomics.sub(held, 0, fault === 'released twice' ? 2 : 1)
      words[at] = 0
      const gone = Atomics.or(words, page + GONE, 1 << side) | (1 << side)
      if (gone === 3 && fault !== 'pages kept') free(memory, page)
    },
    describe: ({ state }) => (state.side === READER ? 'reader' : 'writer'),
    ready: {
      now({ state }) {
        if (fault !== 'readiness as it was at first') return bitsOf(state)
        return (state.private.bits ??= bitsOf(state))
      },
      changes: ({ state }) => state.queue,
    },
  })
}

/** A new pipe. */
export function createChannel(memory: SharedMemory, kind: Kind<End>, { held }: Given) {
  const page = allocate(memory, 4096, 'createChannel')
  const open = (side: number) => {
    const end = openShared(memory, kind, { own: [page, side], accessMode: side === READER ? 'ReadOnly' : 'WriteOnly' })
    memory.words[page + ENDS + side] = (openObjectOf(end).state as End).at
    Atomics.add(held, 0, 1)
    return end
  }
  const ends = { reader: open(READER), writer: open(WRITER) }
  own(memory, page)
  return ends
}

function take(bytes: number[], buffer: Uint8Array): number {
  const taken = bytes.splice(0, buffer.length)
  buffer.set(taken)
  return taken.length
}
