import { isHandleError, type Handle } from '@ht/core'
import { SHUT_WR } from '@ht/core/socket'
import { Output, WriteError } from '../output.js'
import type { Task } from '@ht/kernel'

/** How a connection is used. */
export interface ExchangeOptions {
  readonly listens: boolean
  /** Whether standard input is read. */
  readonly reads: boolean
  /** Whether sending ends with standard input, and for how long it then waits for the other side. */
  readonly shutsDown: boolean
  readonly quitMs: number | undefined
  /** For how long nothing may be sent. */
  readonly idleMs: number | undefined
}

const PIECE = 65_536

/**
 * Copies standard input to a socket and what comes from it to standard output, both at once, each until its end. One
 * direction that has ended leaves the other; a listener's connection ends when the other side has ended sending.
 */
export async function exchange(task: Task, socket: Handle, options: ExchangeOptions): Promise<void> {
  const { listens, reads, shutsDown, quitMs, idleMs } = options
  // Ends what still waits when it is of no use any more, or has taken too long.
  const stop = new AbortController()
  // Ends the reading of standard input alone: what was read of it is still sent.
  const enough = new AbortController()
  stop.signal.addEventListener('abort', () => {
    enough.abort(stop.signal.reason)
  })
  const idle = new Countdown(idleMs, stop)
  const quit = new Countdown(undefined, stop)

  const send = async () => {
    const buffer = new Uint8Array(PIECE)
    for (let count; reads && (count = await task.readAsync(0, buffer, { signal: enough.signal })) > 0;) {
      idle.restart()
      for (let sent = 0; sent < count;)
        sent += await task.sendAsync(socket, buffer.subarray(sent, count), 0, { signal: stop.signal })
      idle.restart()
    }
    if (shutsDown) task.shutdownErrno(socket, SHUT_WR)
    quit.restart(quitMs)
  }
  const receive = async () => {
    const output = new Output(task, 1)
    const buffer = new Uint8Array(PIECE)
    for (let count; (count = await task.recvAsync(socket, buffer, 0, { signal: stop.signal })) > 0;) {
      idle.restart()
      await output.write(buffer.subarray(0, count))
    }
    if (listens) enough.abort()
  }

  idle.restart()
  // An end of its own, of the connection or of standard output ends a direction, and is no error.
  const ended = (error: unknown) => {
    if (task.ended !== undefined) throw error
    if (error === enough.signal.reason || error === stop.signal.reason || isHandleError(error)) return
    if (!(error instanceof WriteError)) throw error
    // What arrives is not read: there is no use in waiting for more.
    stop.abort()
  }
  try {
    await Promise.all([send().catch(ended), receive().catch(ended)])
  } finally {
    stop.abort()
    idle.stop()
    quit.stop()
  }
}

/** Aborts when it has not been restarted for some time. */
class Countdown {
  readonly #ms: number | undefined
  readonly #controller: AbortController
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(ms: number | undefined, controller: AbortController) {
    this.#ms = ms
    this.#controller = controller
  }

  restart(ms = this.#ms): void {
    this.stop()
    if (ms === undefined || ms > LONGEST_MS) return
    this.#timer = setTimeout(() => {
      this.#controller.abort()
    }, ms)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}

/** The longest that a timer can wait: 24 days. */
const LONGEST_MS = 0x7fffffff
