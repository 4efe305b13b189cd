import fc from 'fast-check'
import { codeOf, ControlOps, FIONREAD, HandleTable, openObjectOf, readiness, type KernelObject } from '@ht/core'
import {
  AF_UNIX,
  MSG_PEEK,
  MSG_TRUNC,
  SO_ACCEPTCONN,
  SO_ERROR,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SocketOps,
  SOL_SOCKET,
} from '@ht/core/socket'
import { createLocalSockets } from '../../src/index.js'

/** A call on one of the handles that a program has made, by its place; or what makes handles. */
export type Call = readonly [op: string, at: number, ...args: readonly unknown[]]
/** What it answered, a code for an error, and then the readiness of each handle, null for a closed one. */
export type Answer = readonly [answer: unknown, bits: readonly (number | null)[]]

const STREAM_BEGINNINGS: Call[][] = [
  [],
  [['pair', SOCK_STREAM]],
  [
    ['open', SOCK_STREAM],
    ['bind', 0, 0],
    ['listen', 0, 1],
    ['open', SOCK_STREAM],
    ['connect', 1, 0],
    ['accept', 0],
  ],
  [
    ['open', SOCK_STREAM],
    ['bind', 0, 0],
    ['listen', 0, 0],
    ['open', SOCK_STREAM],
    ['open', SOCK_STREAM],
  ],
]
const DATAGRAM_BEGINNINGS: Call[][] = [
  [['pair', SOCK_DGRAM]],
  [
    ['open', SOCK_DGRAM],
    ['bind', 0, 0],
    ['open', SOCK_DGRAM],
    ['bind', 1, 1],
    ['open', SOCK_DGRAM],
  ],
]

/** Programs of sockets of these types. */
export function programs(...types: readonly number[]): fc.Arbitrary<Call[]> {
  const type = fc.constantFrom(...types)
  const at = fc.nat(11)
  const name = fc.nat(2)
  const bytes = fc.array(fc.nat(9), { maxLength: 3 })
  const flags = fc.constantFrom(0, 0, MSG_PEEK, MSG_TRUNC, MSG_PEEK | MSG_TRUNC)
  const call = (weight: number, op: string, ...args: fc.Arbitrary<unknown>[]) => ({
    weight,
    arbitrary: fc.tuple(fc.constant(op), ...args) as unknown as fc.Arbitrary<Call>,
  })
  const any = fc.oneof(
    call(2, 'open', type),
    call(2, 'pair', type),
    call(1, 'dup', at),
    call(4, 'close', at),
    call(4, 'bind', at, name),
    call(3, 'listen', at, fc.nat(2)),
    call(3, 'accept', at),
    call(6, 'connect', at, name),
    call(6, 'send', at, bytes),
    call(3, 'sendTo', at, bytes, name),
    call(6, 'receive', at, fc.nat(3), flags),
    call(3, 'shutdown', at, fc.constantFrom(0, 1, 2, 2, 3)),
    call(1, 'option', at, fc.constantFrom(SO_ERROR, SO_TYPE, SO_ACCEPTCONN)),
    call(1, 'localAddress', at),
    call(1, 'peerAddress', at),
    call(1, 'bytes', at),
  )
  // A program of sockets that never meet finds nothing: most begin with some that can.
  const beginning = types.includes(SOCK_DGRAM) ? [...STREAM_BEGINNINGS, ...DATAGRAM_BEGINNINGS] : STREAM_BEGINNINGS
  return fc.tuple(fc.constantFrom(...beginning), fc.array(any, { maxLength: 30, size: 'max' })).map((parts) => parts.flat())
}

/** Carries out a program on the sockets of this package. */
export class Program {
  readonly table = new HandleTable()
  readonly #family = createLocalSockets()
  readonly #slots: (number | null)[] = []

  run(calls: readonly Call[]): Answer[] {
    const answers = calls.map((call): Answer => {
      const answer = this.#call(...call)
      return [typeof answer === 'number' && answer < 0 ? codeOf(answer) : answer, this.#slots.map((slot) => this.#bits(slot))]
    })
    this.table.dispose()
    return answers
  }

  #call(op: string, at: number, ...args: readonly unknown[]): unknown {
    if (op === 'open') return this.#keep(this.#family.open(AF_UNIX, at, 0))
    if (op === 'pair') {
      const pair = this.#family.pair?.(AF_UNIX, at, 0) as readonly KernelObject[]
      for (const socket of pair) this.#keep(socket)
      return 0
    }
    const slot = this.#slots[at % this.#slots.length]
    if (slot === undefined || slot === null) return 'closed'
    if (op === 'dup') {
      this.#slots.push(this.table.dup(slot))
      return 0
    }
    if (op === 'close') {
      this.#slots[at % this.#slots.length] = null
      this.table.close(slot)
      return 0
    }
    return this.table.withObject(slot, (object) => {
      const socket = object.as(SocketOps)!
      switch (op) {
        case 'bind':
          return socket.bind(String(args[0]))
        case 'connect':
          return socket.connect(String(args[0]))
        case 'listen':
          return socket.listen(args[0] as number)
        case 'shutdown':
          return socket.shutdown(args[0] as number)
        case 'option':
          return socket.option(SOL_SOCKET, args[0] as number)
        case 'localAddress':
          return socket.localAddress()
        case 'peerAddress':
          return socket.peerAddress()
        case 'accept':
          return this.#keep(socket.accept())
        case 'send':
          return socket.send(Uint8Array.from(args[0] as number[]), 0)
        case 'sendTo':
          return socket.sendTo(Uint8Array.from(args[0] as number[]), 0, String(args[1]))
        case 'receive': {
          const buffer = new Uint8Array(args[0] as number)
          const address = new Uint8Array(8)
          const count = socket.receiveFrom(buffer, args[1] as number, address)
          const text = new TextDecoder().decode(address.subarray(0, address.indexOf(0)))
          return count < 0 ? count : [count, [...buffer.subarray(0, count)], text]
        }
        case 'bytes': {
          const count = new Int32Array(1)
          const answer = object.as(ControlOps)!.control(FIONREAD, new Uint8Array(count.buffer))
          return answer < 0 ? answer : count[0]
        }
        default:
          throw new Error(op)
      }
    })
  }

  #keep(socket: KernelObject | number): number {
    if (typeof socket === 'number') return socket
    this.#slots.push(this.table.insertWithMetadata(socket, { specialSemantics: ['NonBlocking'] }))
    return 0
  }

  #bits(slot: number | null): number | null {
    return slot === null ? null : this.table.withObject(slot, (object) => readiness(openObjectOf(object)))!
  }
}
