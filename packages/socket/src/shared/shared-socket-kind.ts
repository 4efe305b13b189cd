import { defineKind } from '@ht/core'
import { inCommons, type SharedMemory } from '@ht/core/shared'
import { CONNECTION_LAYOUT } from './layout.js'
import { localSocketDefinition } from '../local/local-socket-kind.js'
import { SharedStreamSocket } from './shared-stream-socket.js'
import type { LocalEndpoint } from '../local/endpoint.js'

/**
 * The kind of local sockets in shared memory. It is `localSocketKind` and more, under the same name: a thread that
 * registers it takes private sockets too.
 */
export const sharedLocalSocketKind = defineKind<LocalEndpoint, 'ht:socket'>({
  ...localSocketDefinition,
  shared: inCommons(CONNECTION_LAYOUT, (memory: SharedMemory, end) => new SharedStreamSocket(memory, end)),
  release: ({ state }) => {
    if (state instanceof SharedStreamSocket) state.release()
  },
})
