import {
  checkBytes,
  endBorrow,
  methodsOf,
  READABLE,
  WRITABLE,
  type Handle,
  type Move,
  type OpenObject,
  type WaitOptions,
} from '@ht/core'
import { MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, SocketOps } from '@ht/core/socket'
import { checkFlags } from '../check.js'
import { EBADF, ENOTSOCK, EPIPE } from '../errno.js'
import { raise, SIGPIPE } from '../task/signals.js'
import { counted } from './answers.js'
import { leavesError, raisesPipe, signalled, takesDatagrams } from './broken.js'
import { failed, succeeding, type Family } from './forms.js'
import { absent, allowed, lend } from './lookup.js'
import { asSocket, checkAddress, type Socket } from './on-socket.js'
import { callOn, type Begin, type WaitingCall, type WaitingFamily } from './waiting-call.js'
import type { RunningTask } from '../task/task.js'

/**
 * Sending and receiving without waiting, with flags of `@ht/core/socket`: calls that would wait fail with EAGAIN, even if
 * the socket is blocking. Unknown flags are ignored, as on Linux.
 */
export interface MessageCalls {
  /**
   * Sends `bytes` (send(2)). Returns the number of bytes taken, all or none of a datagram. MSG_NOSIGNAL: EPIPE raises no SIGPIPE.
   *
   * @throws EBADF when the handle is not open; ENOTSOCK; EBADF when it cannot be written; EINVAL for bytes that are not a
   *   Uint8Array, or invalid flags; EFAULT; ENOTCONN, EDESTADDRREQ, EMSGSIZE, EAGAIN; EPIPE, when SIGPIPE has
   *   been raised in this task, but for a datagram's
   */
  send(handle: Handle, bytes: Uint8Array, flags?: number): number
  /**
   * {@link send} of a datagram to an address; without one it is `send` (sendto(2)).
   *
   * @throws also EINVAL for an invalid address, EISCONN for a stream that is connected, ECONNREFUSED
   */
  sendto(handle: Handle, bytes: Uint8Array, flags?: number, address?: string): number
  /**
   * Receives into `buffer` (recv(2)). Returns the number of bytes, 0 at the end. MSG_PEEK leaves the bytes in the socket;
   * with MSG_TRUNC the result for a datagram is its whole length.
   *
   * @throws EBADF when the handle is not open; ENOTSOCK; EBADF when it cannot be read; EINVAL for a buffer that is not a
   *   Uint8Array, or invalid flags; EFAULT; ENOTCONN, EAGAIN, ECONNRESET
   */
  recv(handle: Handle, buffer: Uint8Array, flags?: number): number
  /** {@link recv}, with the sender's address (recvfrom(2)). */
  recvfrom(handle: Handle, buffer: Uint8Array, flags?: number): Received
}

/** The result of receiving. */
export interface Received {
  /** How many bytes; with MSG_TRUNC how many there were. */
  readonly count: number
  /** The sender's address: '' if it has none, and for a stream. */
  readonly address: string
}

/**
 * The errno form of `recvfrom` fills `address` with the sender's, in UTF-8, NULs behind it: of one that does not fit as
 * much as does. 108 bytes are enough for any. Without `address` it is `recv`.
 */
export interface MessageErrnoForms extends Omit<MessageCalls, 'recvfrom'> {
  recvfrom(handle: Handle, buffer: Uint8Array, flags?: number, address?: Uint8Array): number
}

/** {@link MessageCalls} that wait, as the calls of `WaitingCalls` do; with MSG_DONTWAIT, this call does not. */
export interface MessageWaits {
  /**
   * Sends all of `bytes`, waiting for room. Gives fewer only where it does not wait, or when something ended the call
   * half way. Rejects as `send` throws.
   */
  sendAsync(handle: Handle, bytes: Uint8Array, flags?: number, options?: WaitOptions): Promise<number>
  /** {@link sendAsync} to an address. Rejects as `sendto` throws. */
  sendtoAsync(handle: Handle, bytes: Uint8Array, flags?: number, address?: string, options?: WaitOptions): Promise<number>
  /**
   * Receives, waiting until there is something; with MSG_WAITALL until the buffer is full, of a stream and without
   * MSG_PEEK. Gives fewer then only at the end, or when something ended the call half way. Rejects as `recv` throws.
   */
  recvAsync(handle: Handle, buffer: Uint8Array, flags?: number, options?: WaitOptions): Promise<number>
  /** {@link recvAsync}, with the sender's address. */
  recvfromAsync(handle: Handle, buffer: Uint8Array, flags?: number, options?: WaitOptions): Promise<Received>
}

export const messageCalls: Family<MessageErrnoForms> = {
  send(handle, bytes, flags) {
    return atOnce(this, SENDING, handle, bytes, flags)
  },

  sendto(handle, bytes, flags, address) {
    return atOnce(this, SENDING, handle, bytes, flags, address)
  },

  recv(handle, buffer, flags) {
    return atOnce(this, RECEIVING, handle, buffer, flags)
  },

  recvfrom(handle, buffer, flags, address) {
    return atOnce(this, RECEIVING, handle, buffer, flags, address)
  },
}

/** The form that throws, and gives the address as a text. */
export const messageForms: Pick<MessageCalls, 'recvfrom'> & ThisType<RunningTask> = {
  recvfrom(handle, buffer, flags) {
    const address = new Uint8Array(ADDRESS_BYTES)
    return received(succeeding(this, 'recvfrom', [handle, buffer, flags, address]) as number, address)
  },
}

export const messageWaits: WaitingFamily<MessageWaits> = {
  send(handle, bytes, flags, options) {
    return later(this, 'send', SENDING, [handle, bytes, flags], options)
  },

  sendto(handle, bytes, flags, address, options) {
    return later(this, 'sendto', SENDING, [handle, bytes, flags, address], options)
  },

  recv(handle, buffer, flags, options) {
    return later(this, 'recv', RECEIVING, [handle, buffer, flags], options)
  },

  recvfrom(handle, buffer, flags, options) {
    const address = new Uint8Array(ADDRESS_BYTES)
    const shape = (count: number) => received(count, address)
    return later(this, 'recvfrom', RECEIVING, [handle, buffer, flags, address], options, shape)
  },
}

/** As many as the longest address has (unix(7)). */
const ADDRESS_BYTES = 108

/** One way that bytes go. */
interface Direction<A> {
  /** What the handle has to be open for. */
  readonly mode: number
  /** @throws EINVAL, EFAULT for arguments that are wrong */
  check(bytes: Uint8Array, flags: number, address: A | undefined): void
  /** Moves some bytes: how many, or −errno. */
  move(open: OpenObject, socket: Socket, rest: Uint8Array, flags: number, address: A | undefined): number
  /** Whether a call that waits does so until all of its bytes have been moved. */
  isWhole(open: OpenObject, flags: number): boolean
}

const SENDING: Direction<string> = {
  mode: WRITABLE,

  check(bytes, flags, address) {
    checkBytes(bytes, 'bytes')
    checkFlags(flags, 'flags')
    if (address !== undefined) checkAddress(address)
  },

  move: (open, socket, rest, flags, address) =>
    counted(address === undefined ? socket.send(open, rest, flags) : socket.sendTo(open, rest, flags, address), rest.length),

  isWhole: () => true,
}

const RECEIVING: Direction<Uint8Array> = {
  mode: READABLE,

  check(buffer, flags, address) {
    checkBytes(buffer, 'buffer')
    checkFlags(flags, 'flags')
    if (address !== undefined) checkBytes(address, 'address')
  },

  move: (open, socket, rest, flags, address) =>
    counted(
      address === undefined ? socket.receive(open, rest, flags) : socket.receiveFrom(open, rest, flags, address),
      // The answer is the length of all of the message then.
      (flags & MSG_TRUNC) === 0 ? rest.length : Number.MAX_SAFE_INTEGER,
    ),

  isWhole: (open, flags) => (flags & (MSG_WAITALL | MSG_PEEK)) === MSG_WAITALL && !takesDatagrams(open),
}

/** As short a way as that of `read` and `write`, which say why it is written out. */
function atOnce<A>(
  task: RunningTask,
  direction: Direction<A>,
  handle: Handle,
  bytes: Uint8Array,
  flags = 0,
  address?: A,
): number {
  const open = lend(task, handle)
  if (open === undefined) return absent(task, handle)
  const access = allowed(task)
  let result: number
  let raises = false
  try {
    const socket = methodsOf(open, SocketOps)
    if (socket === undefined) result = -ENOTSOCK
    else if ((access & direction.mode) === 0) result = -EBADF
    else {
      direction.check(bytes, flags, address)
      result = direction.move(open, socket, bytes, flags, address)
      raises = result === -EPIPE && raisesPipe(open, 0, flags)
    }
  } catch (error) {
    result = failed(task, error)
  }
  endBorrow(open)
  if (raises) raise(task, SIGPIPE)
  return result
}

function later<A, R = number>(
  task: RunningTask,
  name: string,
  direction: Direction<A>,
  args: readonly [handle: Handle, bytes: Uint8Array, flags: number | undefined, address?: A],
  options?: WaitOptions,
  shape?: (count: number) => R,
): WaitingCall<R, number> {
  const [, bytes, flags = 0, address] = args
  const begin: Begin = (open, whole, access) =>
    asSocket(open, (socket) => {
      if ((access & direction.mode) === 0) return -EBADF
      const move: Move = (rest, moved) => {
        if (leavesError(open, moved)) return 0
        // Each time, since their memory may be gone by then.
        direction.check(rest, flags, address)
        // The address is that of the first bytes.
        const answer = direction.move(open, socket, rest, flags, moved === 0 ? address : undefined)
        return signalled(task, open, answer, moved, flags)
      }
      direction.check(bytes, flags, address)
      const attempt = direction.isWhole(open, flags) ? whole(bytes, move) : () => move(bytes, 0)
      return (flags & MSG_DONTWAIT) === 0 ? attempt : attempt()
    })
  return callOn(task, name, args, options, begin, { shape })
}

function received(count: number, address: Uint8Array): Received {
  const end = address.indexOf(0)
  const text = new TextDecoder('utf-8', { ignoreBOM: true })
  return { count, address: text.decode(end < 0 ? address : address.subarray(0, end)) }
}
