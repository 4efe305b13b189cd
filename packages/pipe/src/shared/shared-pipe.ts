import { errnoOf } from '@ht/core'
import { holdersOf, pageNumber, SharedInode, SharedRing, SharedWaitQueue } from '@ht/core/shared'
import { PIPE_BUF, PIPE_MODE, settableCapacity, type PipeBuffer } from '../pipe.js'
import { FOR_READERS, FOR_WRITERS, GONE, INODE, LEFT, READ_END, READER, WRITE_END, WRITER } from './layout.js'
import type { SharedMemory } from '@ht/core/shared'

const EAGAIN = errnoOf('EAGAIN')
const EPIPE = errnoOf('EPIPE')

/**
 * A pipe in shared memory, as one thread sees it. The other side sees a large piece grow by whole parts as it is
 * being written, at least PIPE_BUF each.
 */
export class SharedPipe implements PipeBuffer {
  readonly memory: SharedMemory
  /** The address of its header. */
  readonly at: number
  readonly ring: SharedRing
  readonly inode: SharedInode
  readonly forReaders: SharedWaitQueue
  readonly forWriters: SharedWaitQueue

  constructor(memory: SharedMemory, at: number) {
    this.memory = memory
    this.at = at
    this.ring = new SharedRing(memory, at)
    this.inode = new SharedInode(memory, at + INODE, PIPE_MODE)
    this.forReaders = new SharedWaitQueue(memory, at + FOR_READERS)
    this.forWriters = new SharedWaitQueue(memory, at + FOR_WRITERS)
  }

  /** The number of its header's page: no other pipe of the memory has it while this one is there. */
  get id(): number {
    return pageNumber(this.memory, this.at) + 1
  }

  get capacity(): number {
    return this.ring.capacity
  }

  get stored(): number {
    return this.ring.stored
  }

  get readers(): number {
    return this.#holders(READER, READ_END)
  }

  get writers(): number {
    return this.#holders(WRITER, WRITE_END)
  }

  read(buffer: Uint8Array): number {
    const { memory, at, ring } = this
    if (buffer.length === 0) return 0
    for (;;) {
      if (this.#isEmpty()) {
        if (!this.#isOver(WRITER, WRITE_END)) return -EAGAIN
        // The writers first: what the last one wrote is there by the time that it has gone.
        if (this.#isEmpty()) return 0
      }
      const count = ring.take(buffer)
      // Another reader may have been faster.
      if (count === 0) continue
      if (count < 0) return count
      memory.waits.wake(at + FOR_WRITERS)
      return count
    }
  }

  write(bytes: Uint8Array): number {
    const { memory, at } = this
    const { length } = bytes
    if (length === 0) return 0
    if (this.#isOver(READER, READ_END)) return -EPIPE
    // A small write goes in whole or not at all; of a large one, what fits.
    const count = this.ring.add(bytes, length <= PIPE_BUF ? length : 1)
    if (count === 0) return -EAGAIN
    if (count < 0) return count
    memory.waits.wake(at + FOR_READERS)
    return count
  }

  setCapacity(bytes: number): number {
    const capacity = settableCapacity(bytes)
    if (capacity < 0) return capacity
    const answer = this.ring.resize(capacity)
    if (answer < 0) return answer
    this.forWriters.wake()
    return capacity
  }

  /** The holders stand in the records of the ends, and have been counted. */
  count(reads: boolean, change: 1 | -1): void {
    if (change > 0) return
    const { memory, at } = this
    const { words } = memory
    const end = words[at + (reads ? READER : WRITER)]!
    if (holdersOf(memory, end) === 0) Atomics.or(words, at + GONE, (reads ? READ_END : WRITE_END) << LEFT)
    memory.waits.wake(at + (reads ? FOR_WRITERS : FOR_READERS))
  }

  #isEmpty(): boolean {
    return this.stored === 0
  }

  /** Whether an end has no holder. While none ever left, its record, which its own side changes often, is not looked at. */
  #isOver(end: number, bit: number): boolean {
    const gone = Atomics.load(this.memory.words, this.at + GONE)
    return (gone & (bit | (bit << LEFT))) !== 0 && this.#holders(end, bit) === 0
  }

  #holders(end: number, bit: number): number {
    const { memory, at } = this
    const holders = holdersOf(memory, memory.words[at + end]!)
    // In this order: the record may be another object's only after the end was marked as gone.
    return (Atomics.load(memory.words, at + GONE) & bit) !== 0 ? 0 : holders
  }
}
