/**
 * What all sockets have in common: the capability, the constants, and the interface of a socket family for a kernel.
 *
 * @packageDocumentation
 */

export * from './constants.js'
export { SocketOps } from './ops.js'
export type { SocketMethods } from './ops.js'
export type { SocketFamily } from './family.js'
