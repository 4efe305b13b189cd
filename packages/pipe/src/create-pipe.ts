import { HandleError, NONBLOCK, type KernelObject } from '@ht/core'
import { DEFAULT_CAPACITY, MAX_CAPACITY, roundCapacity } from './pipe.js'
import { pipeKind } from './pipe-kind.js'
import { PrivatePipe } from './private-pipe.js'

/** How a pipe is made. */
export interface PipeOptions {
  /** How many bytes it holds at most: 1 to 1,048,576, rounded up to a page and a power of two. Defaults to 65,536. */
  readonly capacity?: number
  /** Whether both ends are non-blocking (pipe2(2), O_NONBLOCK): calls that would wait answer EAGAIN. */
  readonly nonBlocking?: boolean
}

/** The two ends of a pipe. Both references are the caller's. */
export interface PipeEnds {
  readonly reader: KernelObject<'ht:pipe'>
  readonly writer: KernelObject<'ht:pipe'>
}

/**
 * Makes a pipe (pipe(7)): what is written at one end is read at the other, in order.
 *
 * @throws EINVAL for a capacity that is no integer from 1 to 1,048,576
 */
export function createPipe(options: PipeOptions = {}): PipeEnds {
  const { capacity = DEFAULT_CAPACITY, nonBlocking = false } = options
  const pipe = new PrivatePipe(checkedCapacity(capacity, 'createPipe'))
  const status = nonBlocking ? NONBLOCK : 0
  return {
    reader: pipeKind.open({ pipe, reads: true }, { accessMode: 'ReadOnly', status }),
    writer: pipeKind.open({ pipe, reads: false }, { accessMode: 'WriteOnly', status }),
  }
}

/** How many bytes a new pipe is to hold, rounded up. @throws EINVAL */
export function checkedCapacity(capacity: number, syscall: string): number {
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > MAX_CAPACITY) {
    const text = `capacity must be an integer from 1 to ${String(MAX_CAPACITY)}, got ${String(capacity)}`
    throw new HandleError('EINVAL', { text, syscall })
  }
  return roundCapacity(capacity)
}
