import { workerData } from 'node:worker_threads'
import { type Handle, type HandleError } from '@ht/core'
import { AF_INET, AF_UNIX, SHUT_WR, SOCK_STREAM } from '@ht/core/socket'
import { AF_SLOW } from './io-slow-kind.js'
import type { WorkerTask } from '@ht/kernel/worker'

/** Programs that tests run in workers, by the names of their tasks. They use TCP, blocking. */
const here = new URL(import.meta.url)
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const bytes = (from: string) => new TextEncoder().encode(from)
const say = (task: WorkerTask, words: string) => task.writeSync(1, bytes(words))

function readAll(task: WorkerTask, handle: Handle): string {
  const buffer = new Uint8Array(4096)
  let all = ''
  for (let count; (count = task.recvSync(handle, buffer)) > 0;) all += text(buffer.subarray(0, count))
  return all
}

function listener(task: WorkerTask): { listening: Handle; address: string } {
  const listening = task.socket(AF_INET, SOCK_STREAM)
  task.bind(listening, '127.0.0.1:0')
  task.listenSync(listening, 5)
  return { listening, address: task.getsockname(listening) }
}

/** Sends back what it gets from one connection, until its end. */
function serveEcho(task: WorkerTask, listening: Handle): void {
  const connection = task.accept4Sync(listening)
  const buffer = new Uint8Array(4096)
  for (let count; (count = task.readSync(connection, buffer)) > 0;) task.writeSync(connection, buffer.subarray(0, count))
  task.close(connection)
}

/** Sends bytes over a connection of its own, and gives what comes back. */
function askForEcho(task: WorkerTask, address: string, words: string): string {
  const socket = task.socket(AF_INET, SOCK_STREAM)
  task.connectSync(socket, address)
  task.sendSync(socket, bytes(words))
  task.shutdown(socket, SHUT_WR)
  const echo = readAll(task, socket)
  task.close(socket)
  return echo
}

const codeOf = (call: () => unknown): unknown => {
  try {
    return call()
  } catch (error) {
    return (error as HandleError).code
  }
}

const programs: Record<string, (task: WorkerTask) => unknown> = {
  /** Tells its address, and sends back what one connection sends. */
  server(task) {
    const { listening, address } = listener(task)
    say(task, address)
    serveEcho(task, listening)
  },

  /** Says what comes back from a server. */
  client(task) {
    const [address, words] = task.args as [string, string]
    say(task, askForEcho(task, address, words))
  },

  /** Says what it hears of a server that it starts itself: a child in another worker. */
  both(task) {
    const [reader, writer] = task.pipe2()
    task.spawn(here, { worker: true, name: 'server', stdout: writer })
    task.close(writer)
    const buffer = new Uint8Array(64)
    const address = text(buffer.subarray(0, task.readSync(reader, buffer)))
    say(task, askForEcho(task, address, 'between two workers'))
  },

  /** Talks to itself, and at its end sets the word that the kernel's thread waits for. */
  alone(task) {
    const { word } = (workerData as { given: { word: Int32Array } }).given
    let result = 2
    try {
      const { listening, address } = listener(task)
      const socket = task.socket(AF_INET, SOCK_STREAM)
      task.connectSync(socket, address)
      const accepted = task.accept4Sync(listening)
      task.sendSync(socket, bytes('there'))
      const buffer = new Uint8Array(64)
      const there = text(buffer.subarray(0, task.recvSync(accepted, buffer)))
      task.writeSync(accepted, bytes('and back'))
      task.close(accepted)
      const back = readAll(task, socket)
      task.close(socket)
      task.close(listening)
      result = there === 'there' && back === 'and back' ? 1 : 3
    } finally {
      Atomics.store(word, 0, result)
      Atomics.notify(word, 0)
    }
  },

  /** Connects where nobody listens any more. */
  refused(task) {
    const { listening, address } = listener(task)
    task.close(listening)
    const socket = task.socket(AF_INET, SOCK_STREAM)
    say(task, String(codeOf(() => task.connectSync(socket, address))))
  },

  /** Connects a socket that takes its time. */
  slow(task) {
    task.connectSync(task.socket(AF_SLOW, SOCK_STREAM), 'anywhere')
    say(task, 'connected')
  },

  errors(task) {
    const said = [
      codeOf(() => task.socket(AF_INET, 2)),
      codeOf(() => task.socketpair(AF_INET, SOCK_STREAM)),
      codeOf(() => task.socket(99, SOCK_STREAM)),
      codeOf(() => task.recv(task.socket(AF_INET, SOCK_STREAM), new Uint8Array(1))),
    ]
    say(task, JSON.stringify(said))
  },

  pair(task) {
    const [a, b] = task.socketpair(AF_UNIX, SOCK_STREAM)
    task.sendSync(a, bytes('over a pair'))
    task.shutdown(a, SHUT_WR)
    say(task, readAll(task, b))
  },

  /** Waits for a connection that never comes; what comes instead, and whether a new socket works, it says. */
  loses(task) {
    const { listening } = listener(task)
    say(task, 'waits')
    const lost = codeOf(() => task.accept4Sync(listening))
    const read = codeOf(() => task.read(listening, new Uint8Array(1)))
    task.close(listening)
    // Until the kernel's thread has been told, the one that ended is asked.
    let again
    do again = codeOf(() => task.socket(AF_INET, SOCK_STREAM))
    while (again === 'EIO' && task.args[0] === 'starts anew')
    say(task, JSON.stringify([lost, read, typeof again]))
  },

  opens(task) {
    say(task, String(codeOf(() => task.socket(AF_INET, SOCK_STREAM))))
  },
}

export default (task: WorkerTask): unknown => programs[task.name]?.(task)
