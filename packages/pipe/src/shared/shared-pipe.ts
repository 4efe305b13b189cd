import { SharedInode, SharedRing, SharedWaitQueue, type Commons, type SharedMemory } from '@ht/core/shared'
import { Pipe, PIPE_MODE } from '../pipe.js'
import { FOR_READERS, FOR_WRITERS, INODE, READ_END, WRITE_END } from './layout.js'

/**
 * A pipe in shared memory, as one thread sees it. The other side sees a large piece grow by whole parts as it is
 * being written, at least PIPE_BUF each.
 */
export class SharedPipe extends Pipe {
  /** The address of its words. */
  readonly at: number
  readonly inode: SharedInode
  readonly ring: SharedRing
  readonly commons: Commons

  constructor(memory: SharedMemory, commons: Commons) {
    const { at } = commons
    super(new SharedWaitQueue(memory, at + FOR_READERS), new SharedWaitQueue(memory, at + FOR_WRITERS))
    this.at = at
    this.inode = new SharedInode(memory, at + INODE, PIPE_MODE)
    this.ring = new SharedRing(memory, at)
    this.commons = commons
  }

  get id(): number {
    return this.commons.id
  }

  get capacity(): number {
    return this.ring.capacity
  }

  get stored(): number {
    return this.ring.stored
  }

  get readers(): number {
    return this.commons.holdersOf(READ_END)
  }

  get writers(): number {
    return this.commons.holdersOf(WRITE_END)
  }

  /** The holders stand in the records of the ends, and have been counted. */
  count(reads: boolean, change: 1 | -1): void {
    if (change > 0) return
    this.commons.holderLeft(reads ? READ_END : WRITE_END)
    ;(reads ? this.forWriters : this.forReaders).wake()
  }

  protected get isWithoutReader(): boolean {
    return this.commons.isWithoutHolder(READ_END)
  }

  protected get isWithoutWriter(): boolean {
    return this.commons.isWithoutHolder(WRITE_END)
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
}
