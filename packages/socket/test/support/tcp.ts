import { networkInterfaces } from 'node:os'
import {
  codeOf,
  errnoOf,
  openObjectOf,
  OUT,
  readAsync,
  StreamOps,
  untilAnswered,
  whenReady,
  writeAsync,
  type KernelObject,
} from '@ht/core'
import { AF_INET, SOCK_STREAM, SocketOps, type SocketFamily, type SocketMethods } from '@ht/core/socket'
import { createTcpSockets } from '@ht/socket/tcp'
import type { Connection } from '../../src/tcp/connection.js'
import type { TcpSocket } from '../../src/tcp/tcp-socket.js'

/** Longer than anything on the loopback takes, on a busy machine too; a test that waits so long has failed. */
export const PATIENCE = { timeoutMs: 600_000 }

/** Whether this machine has a loopback of IPv6. */
export const hasIPv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some((it) => it.address === '::1'))

const unrestricted = createTcpSockets()

export function openTcp(domain = AF_INET, family: SocketFamily = unrestricted): KernelObject {
  const socket = family.open(domain, SOCK_STREAM, 0)
  if (typeof socket === 'number') throw new Error(`socket: ${codeOf(socket)}`)
  return socket
}

export function ops(socket: KernelObject): SocketMethods {
  return socket.as(SocketOps)!
}

/** An answer as a person reads it: 0, a number, or a code. */
export function shown(answer: string | number | KernelObject): unknown {
  return typeof answer === 'number' && answer < 0 ? codeOf(answer) : answer
}

/** Asks until the answer is not EAGAIN, and shows it. */
export async function answered(socket: KernelObject, ask: () => number): Promise<unknown> {
  return shown(await untilAnswered(openObjectOf(socket), ask, PATIENCE, 'test', true))
}

/** Waits for something that comes with a change of the socket. */
export async function until(socket: KernelObject, holds: () => boolean): Promise<void> {
  await untilAnswered(openObjectOf(socket), () => (holds() ? 0 : -errnoOf('EAGAIN')), PATIENCE, 'test', true)
}

export async function listenAt(address: string, backlog = 128, domain = AF_INET, family = unrestricted): Promise<KernelObject> {
  const listener = openTcp(domain, family)
  const bound = ops(listener).bind(address)
  if (bound < 0) throw new Error(`bind: ${codeOf(bound)}`)
  const answer = await answered(listener, () => ops(listener).listen(backlog))
  if (answer !== 0) throw new Error(`listen: ${String(answer)}`)
  return listener
}

/** Connects, and shows what came of it. */
export async function connectTo(socket: KernelObject, address: string): Promise<unknown> {
  const first = ops(socket).connect(address)
  if (codeOf(first) !== 'EINPROGRESS') return shown(first)
  await whenReady(socket, OUT, PATIENCE)
  return shown(ops(socket).connect(address))
}

export async function acceptFrom(listener: KernelObject): Promise<KernelObject> {
  let accepted: KernelObject | undefined
  const answer = await answered(listener, () => {
    const one = ops(listener).accept()
    if (typeof one === 'number') return one
    accepted = one
    return 0
  })
  if (accepted === undefined) throw new Error(`accept: ${String(answer)}`)
  return accepted
}

export function addressOf(socket: KernelObject): string {
  const address = ops(socket).localAddress()
  if (typeof address === 'number') throw new Error(`localAddress: ${codeOf(address)}`)
  return address
}

/** An IPv4 address in the two parts that Node takes. */
export function hostAndPort(address: string): { host: string; port: number } {
  const [host = '', port] = address.split(':')
  return { host, port: Number(port) }
}

/** What the host has open of TCP. */
export function hostSockets(): string[] {
  return process.getActiveResourcesInfo().filter((it) => it.startsWith('TCP'))
}

/** Two sockets that are connected to each other. */
export async function tcpPair(): Promise<{ client: KernelObject; server: KernelObject }> {
  const listener = await listenAt('127.0.0.1:0')
  const client = openTcp()
  const connected = await connectTo(client, addressOf(listener))
  if (connected !== 0) throw new Error(`connect: ${String(connected)}`)
  const server = await acceptFrom(listener)
  listener.release()
  return { client, server }
}

/** The bytes that a connected socket holds. */
export function stateOf(socket: KernelObject): { connection: Connection } {
  const { connection } = openObjectOf(socket).state as TcpSocket
  if (connection === undefined) throw new Error('not connected')
  return { connection }
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function bytesOf(content: string): Uint8Array {
  return new TextEncoder().encode(content)
}

/** Writes all of a text. */
export async function say(socket: KernelObject, content: string): Promise<void> {
  await writeAsync(socket, bytesOf(content), PATIENCE)
}

/** Reads once. */
export async function hear(socket: KernelObject, most = 65_536): Promise<string> {
  const buffer = new Uint8Array(most)
  return text(buffer.subarray(0, await readAsync(socket, buffer, PATIENCE)))
}

/** Reads up to the end. */
export async function hearAll(socket: KernelObject): Promise<string> {
  let all = ''
  for (let piece = await hear(socket); piece !== ''; piece = await hear(socket)) all += piece
  return all
}

/** One try to read: what came, or why nothing did. */
export function tryRead(socket: KernelObject, most = 65_536): unknown {
  const buffer = new Uint8Array(most)
  const count = socket.as(StreamOps)?.read(buffer) ?? 0
  return count > 0 ? text(buffer.subarray(0, count)) : shown(count)
}

export function tryWrite(socket: KernelObject, content: string): unknown {
  return shown(socket.as(StreamOps)?.write(bytesOf(content)) ?? 0)
}
