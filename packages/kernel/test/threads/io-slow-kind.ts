import { defineKind, implement, OUT, WaitQueue } from '@ht/core'
import { SocketOps, type SocketFamily } from '@ht/core/socket'

interface Slow {
  state: 'idle' | 'connecting' | 'asked' | 'connected'
  readonly changes: WaitQueue
}

const [EALREADY, EINPROGRESS] = [114, 115]
/** Longer than it takes whoever waits to fall asleep: one that was not told of the change would sleep on. */
const SLOW_MS = 50

/** A socket that takes a while to connect, and begins when it is asked again: by somebody who waits. */
export const slowKind = defineKind<Slow>({
  name: 'test-slow',
  capabilities: [
    implement(SocketOps, {
      connect({ state: socket }) {
        if (socket.state === 'connected') return 0
        if (socket.state === 'idle') {
          socket.state = 'connecting'
          return -EINPROGRESS
        }
        if (socket.state === 'connecting') {
          socket.state = 'asked'
          setTimeout(() => {
            socket.state = 'connected'
            socket.changes.wake()
          }, SLOW_MS)
        }
        return -EALREADY
      },
    }),
  ],
  ready: { now: () => OUT, changes: ({ state }) => state.changes },
})

/** The domain of such sockets. */
export const AF_SLOW = 77

export const slowSockets: SocketFamily = {
  domains: [AF_SLOW],
  open: () => slowKind.open({ state: 'idle', changes: new WaitQueue() }),
}
