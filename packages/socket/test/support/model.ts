import { ERR, HUP, IN, OUT, RDHUP } from '@ht/core'
import { MSG_PEEK, SO_ACCEPTCONN, SO_ERROR, SOCK_STREAM } from '@ht/core/socket'
import type { Answer, Call } from './program.js'

/**
 * What stream sockets are, as a picture in the mind has it: bytes in lists, no rings, no queues of who waits, no
 * bounds. It answers programs as the real ones must.
 */
export class StreamModel {
  readonly #names = new Map<string, Sock>()
  readonly #slots: (Sock | null)[] = []

  run(calls: readonly Call[]): Answer[] {
    return calls.map((call): Answer => [this.#call(...call), this.#slots.map((slot) => slot && bits(slot))])
  }

  #call(op: string, at: number, ...args: readonly unknown[]): unknown {
    if (op === 'open') return this.#keep(new Sock())
    if (op === 'pair') {
      const [a, b] = [new Sock(), new Sock()]
      connect(a, b)
      this.#keep(a)
      return this.#keep(b)
    }
    const it = this.#slots[at % this.#slots.length]
    if (it === undefined || it === null) return 'closed'
    switch (op) {
      case 'dup':
        it.holders++
        return this.#keep(it)
      case 'close':
        this.#slots[at % this.#slots.length] = null
        if (--it.holders === 0) this.#close(it, false)
        return 0
      case 'bind':
        return this.#bind(it, String(args[0]))
      case 'listen':
        return this.#listen(it, args[0] as number)
      case 'accept':
        return this.#accept(it)
      case 'connect':
        return this.#connect(it, this.#names.get(String(args[0])))
      case 'send':
        return send(it, args[0] as number[])
      case 'sendTo':
        return it.peer === undefined ? 'ENOTSUP' : 'EISCONN'
      case 'receive':
        return receive(it, args[0] as number, args[1] as number)
      case 'shutdown':
        return shutdown(it, args[0] as number)
      case 'option':
        return option(it, args[0] as number)
      case 'localAddress':
        return it.name
      case 'peerAddress':
        return it.peer?.name ?? 'ENOTCONN'
      default:
        return it.waiting === undefined ? it.bytes.length : 'EINVAL'
    }
  }

  #keep(it: Sock): number {
    this.#slots.push(it)
    return 0
  }

  #bind(it: Sock, name: string): unknown {
    if (it.name !== '') return 'EINVAL'
    if (this.#names.has(name)) return 'EADDRINUSE'
    this.#names.set(name, it)
    it.name = name
    return 0
  }

  #listen(it: Sock, backlog: number): unknown {
    if (it.name === '' || it.peer !== undefined) return 'EINVAL'
    it.waiting ??= []
    it.backlog = backlog
    return 0
  }

  #accept(it: Sock): unknown {
    if (it.waiting === undefined) return 'EINVAL'
    const accepted = it.waiting.shift()
    return accepted === undefined ? 'EAGAIN' : this.#keep(accepted)
  }

  #connect(it: Sock, listener: Sock | undefined): unknown {
    if (listener?.waiting === undefined || listener.receivesNoMore) return 'ECONNREFUSED'
    if (listener.waiting.length > listener.backlog) return 'EAGAIN'
    if (it.peer !== undefined) return 'EISCONN'
    if (it.waiting !== undefined) return 'EINVAL'
    const accepted = new Sock()
    accepted.name = listener.name
    connect(it, accepted)
    listener.waiting.push(accepted)
    return 0
  }

  #close(it: Sock, unaccepted: boolean): void {
    if (this.#names.get(it.name) === it) this.#names.delete(it.name)
    for (const waiting of it.waiting ?? []) this.#close(waiting, true)
    if (it.peer === undefined) return
    if (it.bytes.length > 0 || unaccepted) it.peer.error = 104
    it.bytes = []
    it.peer.receivesNoMore = it.peer.sendsNoMore = true
  }
}

class Sock {
  holders = 1
  name = ''
  peer: Sock | undefined
  waiting: Sock[] | undefined
  backlog = 0
  bytes: number[] = []
  receivesNoMore = false
  sendsNoMore = false
  error = 0
}

function connect(a: Sock, b: Sock): void {
  a.peer = b
  b.peer = a
}

function send(it: Sock, bytes: number[]): unknown {
  if (it.peer === undefined) return 'ENOTCONN'
  if (it.sendsNoMore || (bytes.length > 0 && it.peer.receivesNoMore)) return 'EPIPE'
  it.peer.bytes.push(...bytes)
  return bytes.length
}

function receive(it: Sock, length: number, flags: number): unknown {
  if (it.peer === undefined) return 'EINVAL'
  if (it.bytes.length > 0) {
    const bytes = it.bytes.slice(0, length)
    if ((flags & MSG_PEEK) === 0) it.bytes.splice(0, length)
    return [bytes.length, bytes, it.peer.name]
  }
  if (takeError(it) !== 0) return 'ECONNRESET'
  return it.receivesNoMore ? [0, [], ''] : 'EAGAIN'
}

function shutdown(it: Sock, how: number): unknown {
  if (how > 2) return 'EINVAL'
  const { peer } = it
  if (how !== 1) {
    it.receivesNoMore = true
    if (peer !== undefined) peer.sendsNoMore = true
  }
  if (how !== 0) {
    it.sendsNoMore = true
    if (peer !== undefined) peer.receivesNoMore = true
  }
  return 0
}

function option(it: Sock, name: number): number {
  if (name === SO_ERROR) return takeError(it)
  return name === SO_ACCEPTCONN ? Number(it.waiting !== undefined) : SOCK_STREAM
}

function takeError(it: Sock): number {
  const { error } = it
  it.error = 0
  return error
}

function bits(it: Sock): number {
  const isNew = it.peer === undefined && it.waiting === undefined
  const readable = it.bytes.length > 0 || it.receivesNoMore || (it.waiting?.length ?? 0) > 0
  return (
    (readable ? IN : 0) |
    (it.waiting === undefined ? OUT : 0) |
    (it.error !== 0 ? ERR : 0) |
    (it.receivesNoMore ? RDHUP : 0) |
    (isNew || (it.receivesNoMore && it.sendsNoMore) ? HUP : 0)
  )
}
