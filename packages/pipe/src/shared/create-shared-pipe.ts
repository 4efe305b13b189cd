import { NONBLOCK, openObjectOf, type KernelObject } from '@ht/core'
import { allocate, free, openShared, own, SharedRing, type SharedMemory } from '@ht/core/shared'
import { checkedCapacity, type PipeEnds, type PipeOptions } from '../create-pipe.js'
import { DEFAULT_CAPACITY } from '../pipe.js'
import { CONNECTED, END_HEADER, END_SIDE, END_STAGE, GONE, HEADER_BYTES, READ_END, READER, WRITE_END, WRITER } from './layout.js'
import { sharedPipeKind } from './shared-pipe-kind.js'

/**
 * Makes a pipe (pipe(7)) in shared memory: its ends are used by all threads that have them, each at memory speed.
 * It takes its capacity and one page of the memory, until both ends are gone.
 *
 * @throws EINVAL for a capacity that is no integer from 1 to 1,048,576, or where the thread attached without
 *   `sharedPipeKind`; ENOMEM when the memory has no room. Then nothing has been taken
 */
export function createSharedPipe(memory: SharedMemory, options: PipeOptions = {}): PipeEnds {
  const { capacity = DEFAULT_CAPACITY, nonBlocking = false } = options
  const syscall = 'createSharedPipe'
  const size = checkedCapacity(capacity, syscall)
  memory.checkAttached(syscall)
  const header = allocate(memory, HEADER_BYTES, syscall)
  let data = 0
  let reader: KernelObject
  try {
    data = new SharedRing(memory, header).begin(size, syscall)
    memory.words[header + GONE] = READ_END | WRITE_END
    reader = connect(memory, header, READ_END, nonBlocking)
  } catch (error) {
    if (data !== 0) free(memory, data)
    free(memory, header)
    throw error
  }
  let writer: KernelObject
  try {
    writer = connect(memory, header, WRITE_END, nonBlocking)
  } catch (error) {
    // The last end frees the pages.
    reader.release()
    throw error
  }
  own(memory, data)
  own(memory, header)
  return { reader, writer } as PipeEnds
}

/** Makes one end. It has a part in the pages as soon as it counts as there. */
function connect(memory: SharedMemory, header: number, side: number, nonBlocking: boolean): KernelObject {
  const { words } = memory
  const own: number[] = []
  own[END_HEADER] = header
  own[END_SIDE] = side
  const end = openShared(memory, sharedPipeKind, {
    own,
    accessMode: side === READ_END ? 'ReadOnly' : 'WriteOnly',
    status: nonBlocking ? NONBLOCK : 0,
  })
  const { at } = openObjectOf(end).state as { readonly at: number }
  words[header + (side === READ_END ? READER : WRITER)] = at
  Atomics.and(words, header + GONE, ~side)
  words[at + END_STAGE] = CONNECTED
  return end
}
