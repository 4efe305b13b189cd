import { expect } from 'vitest'
import { errnoOf, errorFrom, openObjectOf, readiness, untilAnswered, type ErrorCode, type KernelObject } from '@ht/core'
import { AF_UNIX, SOCK_STREAM, SocketOps, type SocketFamily } from '@ht/core/socket'
import { socketPair } from '../../src/index.js'

export const no = (code: ErrorCode) => -errnoOf(code)
export const bytes = (length: number, start = 0) => new Uint8Array(length).map((_, i) => start + i)
export const isSame = (some: Uint8Array, other: Uint8Array) => Buffer.compare(some, other) === 0
export const on = (object: KernelObject) => object.as(SocketOps)!
export const bits = (object: KernelObject) => readiness(openObjectOf(object))
export const text = (from: Uint8Array) => new TextDecoder().decode(from.subarray(0, from.indexOf(0)))
export const settle = () => new Promise((resolve) => setImmediate(resolve))
export const datagrams = () => socketPair({ type: 'datagram' })

export function open(family: SocketFamily, type: number = SOCK_STREAM): KernelObject {
  return opened(family.open(AF_UNIX, type, 0))
}

export function opened(answer: KernelObject | number): KernelObject {
  if (typeof answer === 'number') throw errorFrom(answer)
  return answer
}

export function bound(family: SocketFamily, name: string, type: number = SOCK_STREAM): KernelObject {
  const socket = open(family, type)
  expect(on(socket).bind(name)).toBe(0)
  return socket
}

export function listening(family: SocketFamily, name: string, backlog = 8): KernelObject {
  const socket = bound(family, name)
  expect(on(socket).listen(backlog)).toBe(0)
  return socket
}

/** Connects new sockets until one is not taken. */
export function fillBacklog(family: SocketFamily, name: string): number {
  for (let taken = 0; taken < 10_000; taken++) if (on(open(family)).connect(name) !== 0) return taken
  return Infinity
}

export function connecting(socket: KernelObject, name: string): Promise<number> {
  return untilAnswered(openObjectOf(socket), () => on(socket).connect(name), {}, 'connect')
}

export function sending(socket: KernelObject, piece: Uint8Array, name?: string): Promise<number> {
  const attempt = () => (name === undefined ? on(socket).send(piece, 0) : on(socket).sendTo(piece, 0, name))
  return untilAnswered(openObjectOf(socket), attempt, {}, 'send')
}
