import { ControlOps, defineKind, FIONREAD, implement, inodeOps, NONBLOCK, StreamOps, type OpenObject } from '@ht/core'
import { MSG_DONTWAIT, SOCK_STREAM, SocketOps, type SocketMethods } from '@ht/core/socket'
import { version } from '../version.js'
import { EINVAL, ENOTTY } from './errno.js'
import type { ControlMethods, InodeMethods, KernelObject, KindDefinition, StreamMethods } from '@ht/core'
import type { LocalEndpoint } from './endpoint.js'

declare module '@ht/core' {
  interface KnownKinds {
    'ht:socket': { capabilities: StreamMethods | SocketMethods | ControlMethods | InodeMethods }
  }
}

/** All that local sockets do, wherever they live. */
export const localSocketDefinition: KindDefinition<LocalEndpoint, 'ht:socket'> = {
  name: 'ht:socket',
  package: '@ht/socket',
  version,
  type: 7,
  capabilities: [
    implement(StreamOps, {
      read: ({ state, status }, buffer) => state.read(buffer, status),
      write: ({ state }, bytes) => state.send(bytes),
    }),
    implement(SocketOps, {
      bind: ({ state }, address) => state.bind(address),
      listen: ({ state }, backlog) => state.listen(backlog),
      accept({ state, status }) {
        const accepted = state.accept((status & NONBLOCK) === 0)
        return typeof accepted === 'number' ? accepted : openSocket(accepted)
      },
      connect: ({ state }, address) => state.connect(address),
      shutdown: ({ state }, how) => state.shutdown(how),
      localAddress: ({ state }) => state.address,
      peerAddress: ({ state }) => state.peerAddress(),
      send: ({ state }, bytes) => state.send(bytes),
      receive: (it, buffer, flags) => it.state.receive(buffer, withStatus(it, flags)),
      sendTo: ({ state }, bytes, _flags, address) => state.send(bytes, address),
      receiveFrom: (it, buffer, flags, address) => it.state.receive(buffer, withStatus(it, flags), address),
      option: ({ state }, level, name) => state.option(level, name),
      setOption: ({ state }, level, name, value) => state.setOption(level, name, value),
    }),
    implement(ControlOps, {
      control({ state }, request, argument) {
        if (request !== FIONREAD) return -ENOTTY
        const count = argument.length < 4 ? -EINVAL : state.bytesWaiting()
        if (count < 0) return count
        argument.set(new Uint8Array(Int32Array.of(count).buffer))
        return 0
      },
    }),
    inodeOps(({ inode }: LocalEndpoint) => inode),
  ],
  inferMetadata: () => ({ handleType: 'IpcChannel' }),
  dropHolder({ holders, state }) {
    if (holders === 0) state.close()
  },
  describe({ state }) {
    const type = state.type === SOCK_STREAM ? 'stream' : 'datagram'
    return `${type} socket ${String(state.id)}${shownName(state.address)}, ${state.describe()}`
  },
  ready: {
    now: ({ state }) => state.readiness,
    changes: ({ state }) => state.changes,
  },
}

/** The kind of local sockets, streams and datagrams. */
export const localSocketKind = defineKind(localSocketDefinition)

/** An open object of a socket, which is the caller's. */
export function openSocket(socket: LocalEndpoint, status = 0): KernelObject<'ht:socket'> {
  return localSocketKind.open(socket, { status })
}

/** Flags of a receive, with what the open object's status adds to them. */
function withStatus({ status }: OpenObject, flags: number): number {
  return (status & NONBLOCK) === 0 ? flags : flags | MSG_DONTWAIT
}

/** A name for a line of text: what would break the line is a question mark, and a long one is cut. */
function shownName(name: string): string {
  return name === '' ? '' : ` "${name.slice(0, 40).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?')}"`
}
