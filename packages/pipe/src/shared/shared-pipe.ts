import { holdersOf, pageNumber, SharedInode, SharedRing, SharedWaitQueue } from '@ht/core/shared'
import { Pipe, PIPE_MODE } from '../pipe.js'
import { FOR_READERS, FOR_WRITERS, GONE, INODE, LEFT, READ_END, READER, WRITE_END, WRITER } from './layout.js'
import type { SharedMemory } from '@ht/core/shared'

/**
 * A pipe in shared memory, as one thread sees it. The other side sees a large piece grow by whole parts as it is
 * being written, at least PIPE_BUF each.
 */
export class SharedPipe extends Pipe {
  readonly memory: SharedMemory
  /** The address of its header. */
  readonly at: number
  readonly ring: SharedRing
  readonly inode: SharedInode

  constructor(memory: SharedMemory, at: number) {
    super(new SharedWaitQueue(memory, at + FOR_READERS), new SharedWaitQueue(memory, at + FOR_WRITERS))
    this.memory = memory
    this.at = at
    this.ring = new SharedRing(memory, at)
    this.inode = new SharedInode(memory, at + INODE, PIPE_MODE)
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

  /** The holders stand in the records of the ends, and have been counted. */
  count(reads: boolean, change: 1 | -1): void {
    if (change > 0) return
    const { memory, at } = this
    const { words } = memory
    const end = words[at + (reads ? READER : WRITER)]!
    if (holdersOf(memory, end) === 0) Atomics.or(words, at + GONE, (reads ? READ_END : WRITE_END) << LEFT)
    memory.waits.wake(at + (reads ? FOR_WRITERS : FOR_READERS))
  }

  /** While none ever left, its record, which its own side changes often, is not looked at. */
  protected isOver(reads: boolean): boolean {
    const bit = reads ? READ_END : WRITE_END
    const gone = Atomics.load(this.memory.words, this.at + GONE)
    return (gone & (bit | (bit << LEFT))) !== 0 && this.#holders(reads ? READER : WRITER, bit) === 0
  }

  /** Without bytes it takes no lock, so that a thread that looks again and again keeps none from writing. */
  protected take(buffer: Uint8Array): number {
    return this.ring.stored === 0 ? 0 : this.ring.take(buffer)
  }

  protected add(bytes: Uint8Array, least: number): number {
    return this.ring.add(bytes, least)
  }

  protected resize(capacity: number): number {
    return this.ring.resize(capacity)
  }

  #holders(end: number, bit: number): number {
    const { memory, at } = this
    const holders = holdersOf(memory, memory.words[at + end]!)
    // In this order: the record may be another object's only after the end was marked as gone.
    return (Atomics.load(memory.words, at + GONE) & bit) !== 0 ? 0 : holders
  }
}
