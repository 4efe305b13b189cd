import { errnoFrom, NONBLOCK, openObjectOf, type KernelObject } from '@ht/core'
import { allocate, free, openShared, own, SharedRing, type SharedMemory } from '@ht/core/shared'
import { AF_UNIX, SOCK_STREAM, type SocketFamily } from '@ht/core/socket'
import { createLocalSockets, type SocketPair, type SocketPairOptions } from '../local/local-sockets.js'
import { DEFAULT_BUFFER, KEPT } from '../local/options.js'
import {
  CONNECTED,
  GONE,
  OPTIONS,
  PAGE_BYTES,
  SENT,
  SIDE_SHIFT,
  SOCKET_PAGE,
  SOCKET_SIDE,
  SOCKET_STAGE,
  STATE,
} from './layout.js'
import { sharedLocalSocketKind } from './shared-socket-kind.js'

/**
 * Makes two local stream sockets in shared memory that are connected to each other (socketpair(2)): they are used by
 * all threads that have them, each at memory speed. The pair takes one page of the memory until both have gone, and
 * more as bytes come.
 *
 * @throws ENOMEM when the memory has no room. Then nothing has been taken
 */
export function createSharedSocketPair(
  memory: SharedMemory,
  { nonBlocking = false }: Pick<SocketPairOptions, 'nonBlocking'> = {},
): SocketPair {
  const syscall = 'createSharedSocketPair'
  memory.checkAttached(syscall)
  const page = allocate(memory, PAGE_BYTES, syscall)
  const status = nonBlocking ? NONBLOCK : 0
  const { words } = memory
  for (const side of SIDES) {
    words[page + STATE] = words[page + STATE]! | (GONE << (side * SIDE_SHIFT))
    new SharedRing(memory, page + SENT[side]).limit = DEFAULT_BUFFER
    words.set([...KEPT.values()], page + OPTIONS[side])
  }
  let first: KernelObject
  try {
    first = connect(memory, page, 0, status)
  } catch (error) {
    free(memory, page)
    throw error
  }
  let second: KernelObject
  try {
    second = connect(memory, page, 1, status)
  } catch (error) {
    // The last side frees the page.
    first.release()
    throw error
  }
  own(memory, page)
  return [first, second] as SocketPair
}

/**
 * `createLocalSockets()`, whose pairs of stream sockets are in shared memory; names, and all that is done by
 * them, stay in this thread. The memory may be told by a function, which is asked at each pair.
 */
export function createSharedLocalSockets(memory: SharedMemory | (() => SharedMemory)): SocketFamily {
  const family = createLocalSockets()
  return {
    ...family,
    pair(domain, type, protocol) {
      const isStream = domain === AF_UNIX && type === SOCK_STREAM && (protocol === 0 || protocol === AF_UNIX)
      if (!isStream) return family.pair?.(domain, type, protocol) ?? 0
      try {
        return createSharedSocketPair(typeof memory === 'function' ? memory() : memory)
      } catch (error) {
        return errnoFrom(error)
      }
    },
  }
}

const SIDES = [0, 1] as const

/** Makes one side. It has a part in the pages as soon as it counts as there. */
function connect(memory: SharedMemory, page: number, side: 0 | 1, status: number): KernelObject {
  const { words } = memory
  const own: number[] = []
  own[SOCKET_PAGE] = page
  own[SOCKET_SIDE] = side
  const socket = openShared(memory, sharedLocalSocketKind, { own, status })
  const { at } = openObjectOf(socket).state as { readonly at: number }
  Atomics.and(words, page + STATE, ~(GONE << (side * SIDE_SHIFT)))
  words[at + SOCKET_STAGE] = CONNECTED
  return socket
}
