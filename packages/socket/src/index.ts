/**
 * Local sockets for handle tables: streams and datagrams, in pairs and by name, with backlog, half-close and reset.
 * TCP is in `@ht/socket/tcp`.
 *
 * @example
 * import { StreamOps, readAsync } from '@ht/core'
 * import { AF_UNIX, SOCK_STREAM, SocketOps } from '@ht/core/socket'
 * import { createLocalSockets } from '@ht/socket'
 *
 * const sockets = createLocalSockets()
 * const listener = sockets.open(AF_UNIX, SOCK_STREAM, 0)
 * const client = sockets.open(AF_UNIX, SOCK_STREAM, 0)
 * listener.as(SocketOps).bind('web')
 * listener.as(SocketOps).listen(8)
 * client.as(SocketOps).connect('web') // done at once, before anybody accepts
 * client.as(StreamOps).write(new TextEncoder().encode('hello'))
 * const server = listener.as(SocketOps).accept()
 * console.log(await readAsync(server, new Uint8Array(64))) // 5
 * for (const socket of [server, client, listener]) socket.release()
 *
 * @packageDocumentation
 */

export { createLocalSockets, socketPair } from './local/local-sockets.js'
export type { SocketPair, SocketPairOptions } from './local/local-sockets.js'
export { localSocketKind } from './local/local-socket-kind.js'
