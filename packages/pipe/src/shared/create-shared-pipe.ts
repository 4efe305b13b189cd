import { NONBLOCK } from '@ht/core'
import { openEnds, SharedRing, type SharedMemory } from '@ht/core/shared'
import { checkedCapacity, type PipeEnds, type PipeOptions } from '../create-pipe.js'
import { DEFAULT_CAPACITY } from '../pipe.js'
import { READ_END, WRITE_END } from './layout.js'
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
  const status = nonBlocking ? NONBLOCK : 0
  const ends = openEnds(memory, sharedPipeKind, {
    ends: [
      { accessMode: 'ReadOnly', status },
      { accessMode: 'WriteOnly', status },
    ],
    syscall,
    begin: ({ at }) => {
      new SharedRing(memory, at).begin(size, syscall)
    },
  })
  return { reader: ends[READ_END], writer: ends[WRITE_END] } as PipeEnds
}
