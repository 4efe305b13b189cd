/**
 * What sockets have in common, whatever is behind them: the capability, the numbers, and how a family of sockets
 * is given to a kernel.
 *
 * @packageDocumentation
 */

export * from './constants.js'
export { SocketOps } from './ops.js'
export type { SocketMethods } from './ops.js'
export type { SocketFamily } from './family.js'
