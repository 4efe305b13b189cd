import type { Inode, WaitQueue } from '@ht/core'

/** What the kind needs of a local socket, wherever it lives. Methods answer a value or −errno. */
export interface LocalEndpoint {
  readonly id: number
  readonly inode: Inode
  /** SOCK_STREAM or SOCK_DGRAM. */
  readonly type: number
  /** Its name; '' without one. */
  readonly address: string
  /** Those who wait for a change that can be seen at this socket. */
  readonly changes: WaitQueue
  /** Its readiness bits. */
  readonly readiness: number
  bind(address: string): number
  listen(backlog: number): number
  /** The end of the oldest connection that waits. `mayWait`: who asks would wait for one. */
  accept(mayWait: boolean): LocalEndpoint | number
  connect(address: string): number
  peerAddress(): string | number
  send(bytes: Uint8Array, address?: string): number
  /** {@link receive}, but of no bytes it is nothing. Its own, since streams are read by it all the time. */
  read(buffer: Uint8Array, status: number): number
  /** `flags` have MSG_DONTWAIT whenever who asks would not wait. `address` is filled with whom it came from. */
  receive(buffer: Uint8Array, flags: number, address?: Uint8Array): number
  shutdown(how: number): number
  /** How many bytes a receive could give now (FIONREAD). */
  bytesWaiting(): number
  option(level: number, name: number): number
  setOption(level: number, name: number, value: number): number
  /** The last holder has gone. */
  close(): void
  /** What it is doing, for a person. */
  describe(): string
}
