import { errnoFrom, NONBLOCK } from '@ht/core'
import { openEnds, SharedRing, type SharedMemory } from '@ht/core/shared'
import { AF_UNIX, SOCK_STREAM, type SocketFamily } from '@ht/core/socket'
import { createLocalSockets, type SocketPair, type SocketPairOptions } from '../local/local-sockets.js'
import { DEFAULT_BUFFER, KEPT } from '../local/options.js'
import { OPTIONS, SENT } from './layout.js'
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
  const end = { status: nonBlocking ? NONBLOCK : 0 }
  return openEnds(memory, sharedLocalSocketKind, {
    ends: [end, end],
    syscall: 'createSharedSocketPair',
    begin({ at }) {
      for (const side of [0, 1] as const) {
        new SharedRing(memory, at + SENT[side]).limit = DEFAULT_BUFFER
        memory.words.set([...KEPT.values()], at + OPTIONS[side])
      }
    },
  }) as SocketPair
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
