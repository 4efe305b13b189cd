/**
 * TCP for handle tables, over `node:net`: for Node only.
 *
 * @example
 * import { HandleTable, readAsync, StreamOps, whenReady, OUT } from '@ht/core'
 * import { AF_INET, SOCK_STREAM, SocketOps } from '@ht/core/socket'
 * import { createTcpSockets } from '@ht/socket/tcp'
 *
 * const tcp = createTcpSockets({ allow: (call, address) => address === '127.0.0.1:8080' })
 * const socket = tcp.open(AF_INET, SOCK_STREAM, 0)
 * socket.as(SocketOps).connect('127.0.0.1:8080') // −EINPROGRESS
 * await whenReady(socket, OUT)
 * socket.as(SocketOps).connect('127.0.0.1:8080') // 0, or why it failed
 *
 * @packageDocumentation
 */

export { createTcpSockets } from './create.js'
export type { TcpOptions } from './create.js'
export { tcpKind } from './tcp-kind.js'
