import { defineKind } from '@ht/core'
import { localSocketDefinition } from '../local/local-socket-kind.js'
import { SharedStreamSocket } from './shared-stream-socket.js'
import type { LocalEndpoint } from '../local/endpoint.js'

/**
 * The kind of local sockets in shared memory. It is `localSocketKind` and more, under the same name: a thread that
 * registers it takes private sockets too.
 */
export const sharedLocalSocketKind = defineKind<LocalEndpoint, 'ht:socket'>({
  ...localSocketDefinition,
  shared: { attach: (memory, at) => new SharedStreamSocket(memory, at) },
  release: ({ state }) => {
    if (state instanceof SharedStreamSocket) state.release()
  },
})
