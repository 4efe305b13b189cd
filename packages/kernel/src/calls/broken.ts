import { ERR, methodsOf, readiness, type OpenObject } from '@ht/core'
import { MSG_NOSIGNAL, SO_TYPE, SOCK_DGRAM, SocketOps, SOL_SOCKET } from '@ht/core/socket'
import { EPIPE } from '../errno.js'
import { raise, SIGPIPE } from '../task/signals.js'
import type { RunningTask } from '../task/task.js'

/**
 * Whether SIGPIPE comes with an object's EPIPE (pipe(7), send(2)). With a pipe's always; with that of a stream socket
 * when the call has sent nothing, unless MSG_NOSIGNAL is among its flags; with a datagram socket's never.
 */
export function raisesPipe(open: OpenObject, moved = 0, flags = 0): boolean {
  if (methodsOf(open, SocketOps) === undefined) return true
  return moved === 0 && (flags & MSG_NOSIGNAL) === 0 && !takesDatagrams(open)
}

/** Whether a socket is one of datagrams, where a call is a message, and not one of bytes in a row. */
export function takesDatagrams(open: OpenObject): boolean {
  return methodsOf(open, SocketOps)?.option(open, SOL_SOCKET, SO_TYPE) === SOCK_DGRAM
}

/**
 * Whether a call that has moved bytes leaves it at that: its socket has an error, which is for the next call to be told.
 * Told now, behind the number of bytes, it would be lost.
 */
export function leavesError(open: OpenObject, moved: number): boolean {
  return moved > 0 && methodsOf(open, SocketOps) !== undefined && (readiness(open) & ERR) !== 0
}

/** Raises SIGPIPE where the answer of a write, of which `moved` bytes went in before, comes with it; gives the answer. */
export function signalled(task: RunningTask, open: OpenObject, answer: number, moved = 0, flags = 0): number {
  if (answer === -EPIPE && raisesPipe(open, moved, flags)) raise(task, SIGPIPE)
  return answer
}
