import { createInode, errnoOf, WaitQueue } from '@ht/core'
import { Ring } from '@ht/core/bytes'
import { Pipe, PIPE_MODE } from './pipe.js'

const EBUSY = errnoOf('EBUSY')

/** A pipe of one thread. */
export class PrivatePipe extends Pipe {
  readonly id = ++lastId
  readonly inode = createInode(PIPE_MODE)
  readers = 1
  writers = 1
  readonly ring: Ring

  constructor(capacity: number) {
    super(new WaitQueue(), new WaitQueue())
    this.ring = new Ring(capacity)
  }

  get capacity(): number {
    return this.ring.capacity
  }

  get stored(): number {
    return this.ring.stored
  }

  /** The first holder and the last one change what the other side can do. */
  count(reads: boolean, change: 1 | -1): void {
    if (reads) {
      this.readers += change
      if (this.readers <= 1) this.forWriters.wake()
    } else {
      this.writers += change
      if (this.writers <= 1) this.forReaders.wake()
    }
  }

  protected get isWithoutReader(): boolean {
    return this.readers === 0
  }

  protected get isWithoutWriter(): boolean {
    return this.writers === 0
  }

  protected take(buffer: Uint8Array): number {
    return this.ring.take(buffer)
  }

  protected add(bytes: Uint8Array, least: number): number {
    return this.ring.room < least ? 0 : this.ring.add(bytes)
  }

  protected resize(capacity: number): number {
    if (capacity < this.ring.stored) return -EBUSY
    this.ring.resize(capacity)
    return 0
  }
}

let lastId = 0
