import { methodsOf, type Handle, type Implementation, type OpenObject } from '@ht/core'
import { SocketOps, type SocketMethods } from '@ht/core/socket'
import { checkText } from '../check.js'
import { ENOTSOCK } from '../errno.js'
import { withOpen } from './lookup.js'
import type { RunningTask } from '../task/task.js'

/** How a socket does what calls on sockets need. */
export type Socket = Implementation<SocketMethods, unknown>

/** Calls `f` with an open object's methods as a socket; −ENOTSOCK where it is none. */
export function asSocket<R>(open: OpenObject, f: (socket: Socket) => R): R | number {
  const socket = methodsOf(open, SocketOps)
  return socket === undefined ? -ENOTSOCK : f(socket)
}

/** A call that is a method of its socket, when its arguments have been checked. */
export function onSocket<K extends keyof SocketMethods>(
  method: K,
  check?: (...args: Parameters<SocketMethods[K]>) => void,
): (this: RunningTask, handle: Handle, ...args: Parameters<SocketMethods[K]>) => ReturnType<SocketMethods[K]> | number {
  type Method = (open: OpenObject, ...args: Parameters<SocketMethods[K]>) => ReturnType<SocketMethods[K]>
  return function (handle, ...args) {
    return withOpen(this, handle, (open) =>
      asSocket(open, (socket) => {
        check?.(...args)
        return (socket[method] as Method)(open, ...args)
      }),
    )
  }
}

/** @throws EINVAL unless `address` is a text, of whatever form */
export function checkAddress(address: unknown): void {
  checkText(address, 'address')
}
