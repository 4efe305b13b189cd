import { NONBLOCK, type Handle, type OpenObject, type WaitOptions } from '@ht/core'
import { SHUT_RD, SHUT_RDWR } from '@ht/core/socket'
import { checkFlags, checkInteger } from '../check.js'
import { EAGAIN, EALREADY, EINPROGRESS } from '../errno.js'
import { ignore } from '../task/end.js'
import { withOpen } from './lookup.js'
import { asSocket, checkAddress, onSocket } from './on-socket.js'
import { opening } from './place.js'
import { SOCKET_FLAGS } from './sockets.js'
import { callOn, type Begin, type WaitingFamily } from './waiting-call.js'
import type { RunningTask } from '../task/task.js'
import type { Family } from './forms.js'

/** Connecting sockets without waiting: calls that would wait fail with EAGAIN or EINPROGRESS, even if the socket is blocking. */
export interface ConnectionCalls {
  /**
   * Makes a socket take connections, of which up to `backlog` wait to be accepted (listen(2)); below 0, as many as its
   * family has room for.
   *
   * @throws EBADF, ENOTSOCK; ENOTSUP for datagrams; EADDRINUSE; EAGAIN while the host has not answered yet: ask again
   */
  listen(handle: Handle, backlog: number): void
  /**
   * The oldest connection that waits, as a new handle (accept4(2)). Its flags are those given here, SOCK_CLOEXEC and
   * SOCK_NONBLOCK, and none of the listener's.
   *
   * @throws EBADF; EINVAL for other flags; EMFILE, when the connection goes on waiting; ENOTSOCK; EINVAL when it does
   *   not listen; EAGAIN while there is no connection
   */
  accept4(handle: Handle, flags?: number): Handle
  /**
   * Connects a socket to an address (connect(2)).
   *
   * @throws EBADF, ENOTSOCK; EINVAL for an invalid address; EINPROGRESS when it takes time, EALREADY while it does;
   *   asked again afterwards, nothing once, or why it failed; EAGAIN while a local listener's backlog is full;
   *   ECONNREFUSED, EISCONN, …
   */
  connect(handle: Handle, address: string): void
  /**
   * Ends sending, receiving or both, for all handles of the socket (shutdown(2)): SHUT_WR, SHUT_RD, SHUT_RDWR.
   *
   * @throws EBADF, ENOTSOCK; EINVAL for anything else; ENOTCONN
   */
  shutdown(handle: Handle, how: number): void
}

/** {@link ConnectionCalls} that wait, as the calls of `WaitingCalls` do. */
export interface ConnectionWaits {
  /** Listens, waiting until the host has answered, also on a non-blocking socket. Rejects as `listen` throws. */
  listenAsync(handle: Handle, backlog: number, options?: WaitOptions): Promise<void>
  /**
   * Accepts, waiting for a connection; a non-blocking socket does not wait, and gives EAGAIN. Rejects as `accept4`
   * throws. No number is taken before there is a connection.
   */
  accept4Async(handle: Handle, flags?: number, options?: WaitOptions): Promise<Handle>
  /**
   * Connects, waiting until that is done; a non-blocking socket does not wait, and gives EINPROGRESS. Rejects as
   * `connect` throws. What ends the call before does not end the attempt, as a signal does not on Linux: `connectAsync`
   * goes on with it, `shutdown` or the last close end it.
   */
  connectAsync(handle: Handle, address: string, options?: WaitOptions): Promise<void>
}

export const connectionCalls: Family<ConnectionCalls> = {
  listen: onSocket('listen', checkBacklog),

  accept4(handle, flags = 0) {
    return withOpen(this, handle, (open) => accept(this, open, flags))
  },

  connect: onSocket('connect', checkAddress),

  shutdown: onSocket('shutdown', (how) => {
    checkInteger(how, 'how', SHUT_RD, SHUT_RDWR)
  }),
}

export const connectionWaits: WaitingFamily<ConnectionWaits> = {
  listen(handle, backlog, options) {
    const begin: Begin = (open) =>
      asSocket(open, (socket) => {
        checkBacklog(backlog)
        return () => socket.listen(open, backlog)
      })
    return callOn(this, 'listen', [handle, backlog], options, begin, { always: true, shape: ignore })
  },

  accept4(handle, flags = 0, options) {
    return callOn(this, 'accept4', [handle, flags], options, (open) => () => accept(this, open, flags))
  },

  connect(handle, address, options) {
    const begin: Begin = (open) =>
      asSocket(open, (socket) => {
        checkAddress(address)
        return () => {
          const answer = socket.connect(open, address)
          const isUnderWay = answer === -EINPROGRESS || answer === -EALREADY
          return isUnderWay && (open.status & NONBLOCK) === 0 ? -EAGAIN : answer
        }
      })
    return callOn(this, 'connect', [handle, address], options, begin, { shape: ignore })
  },
}

function checkBacklog(backlog: number): void {
  checkInteger(backlog, 'backlog')
}

/** Accepts a connection. Where there is no number for it, it goes on waiting. */
function accept(task: RunningTask, open: OpenObject, flags: number): number {
  checkFlags(flags, 'flags', SOCKET_FLAGS)
  return opening(task.table, flags, () => asSocket(open, (socket) => socket.accept(open)))
}
