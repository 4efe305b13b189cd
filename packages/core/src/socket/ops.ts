import { defineCapability } from '../kind/capability.js'
import type { KernelObject } from '../object/kernel-object.js'

/**
 * What a socket can do besides its stream. Methods never wait: they return −EAGAIN, and are tried again when the
 * socket's readiness has changed. They return 0 if there is no other value. Addresses are strings in the form of their
 * family: a name for local sockets, `127.0.0.1:80` and `[::1]:80` for TCP.
 */
export interface SocketMethods {
  /** Gives it an address of its own (bind(2)). −EINVAL when it has one; −EADDRINUSE; −EADDRNOTAVAIL. */
  bind(address: string): number
  /**
   * Makes it take connections, of which up to `backlog` wait to be accepted (listen(2)), as many as there can be below
   * 0; a second call changes the backlog. −EOPNOTSUPP (ENOTSUP) for datagrams; −EADDRINUSE; −EAGAIN while the host has not answered yet.
   */
  listen(backlog: number): number
  /**
   * The oldest connection that waits, as a new open object, blocking (accept(2)). −EAGAIN while there is none;
   * −EINVAL when it does not listen.
   */
  accept(): KernelObject | number
  /**
   * Connects it to an address (connect(2)). −EINPROGRESS when that takes time, −EALREADY while it does; asked again
   * afterwards it answers 0 once, or why it failed, and then −EISCONN. −EAGAIN while a local listener's backlog is full.
   */
  connect(address: string): number
  /** Ends sending, receiving or both: SHUT_RD, SHUT_WR, SHUT_RDWR (shutdown(2)). −ENOTCONN. */
  shutdown(how: number): number
  /** Its own address; '' while it has none (getsockname(2)). */
  localAddress(): string | number
  /** The address that it is connected to; '' when that has none (getpeername(2)). −ENOTCONN. */
  peerAddress(): string | number
  /**
   * Sends (send(2)): the number of bytes taken; of a datagram all or nothing. Flags: MSG_DONTWAIT and MSG_NOSIGNAL,
   * which the caller handles. −EPIPE when nothing can be sent any more; −ENOTCONN, −EDESTADDRREQ; −EMSGSIZE.
   */
  send(bytes: Uint8Array, flags: number): number
  /**
   * Receives (recv(2)): the number of bytes, 0 at the end. Flags: MSG_PEEK leaves what it gives; with MSG_TRUNC a
   * datagram's answer is its whole length; the caller handles MSG_DONTWAIT and MSG_WAITALL.
   */
  receive(buffer: Uint8Array, flags: number): number
  /** {@link send} of a datagram to an address (sendto(2)). −EISCONN for a connected stream. */
  sendTo(bytes: Uint8Array, flags: number, address: string): number
  /**
   * {@link receive}, and fills `address` with whom it came from, in UTF-8, NULs behind it (recvfrom(2)): of an
   * address that does not fit as much as does.
   */
  receiveFrom(buffer: Uint8Array, flags: number, address: Uint8Array): number
  /** The value of an option, 0 and 1 for no and yes (getsockopt(2)); SO_ERROR is cleared by it. −ENOPROTOOPT. */
  option(level: number, name: number): number
  /** Sets an option (setsockopt(2)). −ENOPROTOOPT; −EINVAL for a value that cannot be. */
  setOption(level: number, name: number, value: number): number
}

/** Sockets (socket(7)). A kind omits the methods that none of its objects supports. */
export const SocketOps = /* @__PURE__ */ defineCapability<SocketMethods>('ht:socket', {
  bind: { parameters: ['string'], result: 'int' },
  listen: { parameters: ['int'], result: 'int' },
  accept: { parameters: [], result: 'object' },
  connect: { parameters: ['string'], result: 'int' },
  shutdown: { parameters: ['int'], result: 'int' },
  localAddress: { parameters: [], result: 'string' },
  peerAddress: { parameters: [], result: 'string', absent: 'ENOTCONN' },
  send: { parameters: ['in', 'int'], result: 'int' },
  receive: { parameters: ['out', 'int'], result: 'int' },
  sendTo: { parameters: ['in', 'int', 'string'], result: 'int' },
  receiveFrom: { parameters: ['out', 'int', 'out'], result: 'int' },
  option: { parameters: ['int', 'int'], result: 'int', absent: 'ENOPROTOOPT' },
  setOption: { parameters: ['int', 'int', 'int'], result: 'int', absent: 'ENOPROTOOPT' },
})
