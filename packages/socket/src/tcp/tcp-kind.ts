import { ControlOps, defineKind, FIONREAD, implement, inodeOps, StreamOps } from '@ht/core'
import {
  AF_INET,
  AF_INET6,
  IPPROTO_TCP,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_ERROR,
  SO_PROTOCOL,
  SO_TYPE,
  SOCK_STREAM,
  SocketOps,
  SOL_SOCKET,
  type SocketMethods,
} from '@ht/core/socket'
import { version } from '../version.js'
import { EINVAL, ENOTTY } from './errno.js'
import type { ControlMethods, InodeMethods, KernelObject, Kind, StreamMethods } from '@ht/core'
import type { TcpSocket } from './tcp-socket.js'

declare module '@ht/core' {
  interface KnownKinds {
    'ht:tcp': { capabilities: StreamMethods | SocketMethods | ControlMethods | InodeMethods }
  }
}

/** The kind of TCP sockets. What it keeps is its own affair, and Node's types stay out of its declaration. */
export const tcpKind: Kind<unknown, 'ht:tcp'> = defineKind<TcpSocket, 'ht:tcp'>({
  name: 'ht:tcp',
  package: '@ht/socket',
  version,
  type: 7,
  capabilities: [
    implement(StreamOps, {
      read: ({ state }, buffer) => state.receive(buffer, 0),
      write: ({ state }, bytes) => state.send(bytes),
    }),
    implement(SocketOps, {
      bind: ({ state }, address) => state.bind(address),
      listen: ({ state }, backlog) => state.listen(backlog),
      accept({ state }): KernelObject | number {
        const accepted = state.accept()
        return typeof accepted === 'number' ? accepted : tcpKind.open(accepted)
      },
      connect: ({ state }, address) => state.connect(address),
      shutdown: ({ state }, how) => state.shutdown(how),
      localAddress: ({ state }) => state.localAddress(),
      peerAddress: ({ state }) => state.peerAddress(),
      send: ({ state }, bytes) => state.send(bytes),
      receive: ({ state }, buffer, flags) => state.receive(buffer, flags),
      // A connection has one other side, and TCP takes no notice of an address (tcp_sendmsg of Linux).
      sendTo: ({ state }, bytes) => state.send(bytes),
      receiveFrom({ state }, buffer, flags, address) {
        const count = state.receive(buffer, flags)
        if (count >= 0) address.fill(0)
        return count
      },
      option({ state }, level, name) {
        return (level === SOL_SOCKET ? fixedOption(state, name) : undefined) ?? state.settings.get(level, name)
      },
      setOption: ({ state }, level, name, value) => state.setOption(level, name, value),
    }),
    implement(ControlOps, {
      control({ state }, request, argument) {
        if (request !== FIONREAD) return -ENOTTY
        if (argument.length < 4 || state.listening) return -EINVAL
        argument.set(new Uint8Array(Int32Array.of(state.connection?.incoming.stored ?? 0).buffer))
        return 0
      },
    }),
    inodeOps(({ inode }: TcpSocket) => inode),
  ],
  inferMetadata: () => ({ handleType: 'IpcChannel' }),
  dropHolder({ holders, state }) {
    if (holders === 0) state.close()
  },
  describe: ({ state }) => state.describe(),
  ready: {
    now: ({ state }) => state.readiness,
    changes: ({ state }) => state.changes,
  },
})

/** Options that can only be asked for. */
function fixedOption(socket: TcpSocket, name: number): number | undefined {
  if (name === SO_ERROR) return socket.takeError()
  if (name === SO_TYPE) return SOCK_STREAM
  if (name === SO_PROTOCOL) return IPPROTO_TCP
  if (name === SO_DOMAIN) return socket.family === 4 ? AF_INET : AF_INET6
  if (name === SO_ACCEPTCONN) return Number(socket.listening)
  return undefined
}
