import { defineKind, HUP, implement, IN, OUT, StreamOps, type KernelObject } from '@ht/core'
import {
  inCommons,
  openEnds,
  SharedRing,
  SharedWaitQueue,
  type Commons,
  type CommonsEnd,
  type SharedMemory,
} from '@ht/core/shared'

/*
 * A tube in shared memory: what is written at one end is read at the other, in both directions. It is made as a
 * stranger's kind would be, of what `@ht/core/shared` gives to all.
 */

const EAGAIN = 11
const EPIPE = 32
const CAPACITY = 4096

/* Words of the tube: of each end the ring of what it wrote, and the queue of those who wait there. */
const WROTE = [0, SharedRing.words] as const
const WAITS = [2 * SharedRing.words, 2 * SharedRing.words + 32] as const

const LAYOUT = { ends: 2, words: 2 * SharedRing.words + 64, rings: WROTE }

/** One end, as one thread sees it. */
class TubeEnd {
  readonly end: CommonsEnd
  readonly changes: SharedWaitQueue
  readonly #commons: Commons
  readonly #incoming: SharedRing
  readonly #outgoing: SharedRing
  readonly #peer: number
  readonly #peerChanges: SharedWaitQueue

  constructor(memory: SharedMemory, end: CommonsEnd) {
    const { commons, number } = end
    const peer = 1 - number
    this.end = end
    this.changes = new SharedWaitQueue(memory, commons.at + WAITS[number]!)
    this.#commons = commons
    this.#incoming = new SharedRing(memory, commons.at + WROTE[peer]!)
    this.#outgoing = new SharedRing(memory, commons.at + WROTE[number]!)
    this.#peer = peer
    this.#peerChanges = new SharedWaitQueue(memory, commons.at + WAITS[peer]!)
  }

  read(buffer: Uint8Array): number {
    if (buffer.length === 0) return 0
    // The other end first: what its last holder wrote is there by the time that it has gone.
    const isOver = this.isOver
    const count = this.#incoming.take(buffer)
    if (count > 0) this.#peerChanges.wake()
    return count !== 0 || isOver ? count : -EAGAIN
  }

  write(bytes: Uint8Array): number {
    if (bytes.length === 0) return 0
    if (this.isOver) return -EPIPE
    const count = this.#outgoing.add(bytes)
    if (count > 0) this.#peerChanges.wake()
    return count === 0 ? -EAGAIN : count
  }

  get readiness(): number {
    const over = this.isOver ? HUP : 0
    return (this.#incoming.stored > 0 || over !== 0 ? IN : 0) | (this.#outgoing.stored < CAPACITY ? OUT : 0) | over
  }

  /** Whether the other end has no holder. */
  get isOver(): boolean {
    return this.#commons.isWithoutHolder(this.#peer)
  }

  holderLeft(): void {
    this.#commons.holderLeft(this.end.number)
    this.#peerChanges.wake()
  }
}

export const tubeKind = defineKind<TubeEnd>({
  name: 'test-tube',
  shared: inCommons(LAYOUT, (memory: SharedMemory, end) => new TubeEnd(memory, end)),
  capabilities: [
    implement(StreamOps, {
      read: ({ state }, buffer) => state.read(buffer),
      write: ({ state }, bytes) => state.write(bytes),
    }),
  ],
  dropHolder: ({ state }) => {
    state.holderLeft()
  },
  release: ({ state }) => {
    state.end.release(() => {
      state.holderLeft()
    })
  },
  ready: {
    now: ({ state }) => state.readiness,
    changes: ({ state }) => state.changes,
  },
})

/** A new tube. */
export function createTube(memory: SharedMemory): [KernelObject, KernelObject] {
  const [first, second] = openEnds(memory, tubeKind, {
    begin({ at }) {
      for (const ring of WROTE) new SharedRing(memory, at + ring).begin(CAPACITY, 'createTube')
    },
  })
  return [first!, second!]
}
