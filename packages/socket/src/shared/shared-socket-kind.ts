import { defineKind } from '@ht/core'
import { SharedRing, type SharedMemory } from '@ht/core/shared'
import { CONNECTED, SENT, SOCKET_PAGE, SOCKET_STAGE } from './layout.js'
import { localSocketDefinition } from '../local/local-socket-kind.js'
import { SharedStreamSocket } from './shared-stream-socket.js'
import type { LocalEndpoint } from '../local/endpoint.js'

/**
 * The kind of local sockets in shared memory. It is `localSocketKind` and more, under the same name: a thread that
 * registers it takes private sockets too.
 */
export const sharedLocalSocketKind = defineKind<LocalEndpoint, 'ht:socket'>({
  ...localSocketDefinition,
  shared: {
    attach: (memory: SharedMemory, at) => new SharedStreamSocket(memory, at),
    locks: ({ words }, at) => {
      if (words[at + SOCKET_STAGE] !== CONNECTED) return []
      const page = words[at + SOCKET_PAGE]!
      return SENT.flatMap((ring) => SharedRing.locksAt(page + ring))
    },
  },
  release: ({ state }) => {
    if (state instanceof SharedStreamSocket) state.release()
  },
})
