import { errnoFrom, ERR, OUT, WaitQueue, type KernelObject } from '@ht/core'
import { invalid } from '../check.js'
import { EAGAIN, EBADF, EPIPE } from '../errno.js'
import { ignore } from '../task/end.js'
import { Queue } from './queue.js'
import { stdioKind, type HostEnd } from './stdio-kind.js'
import { onError } from './stream-errors.js'
import { controlTerminal } from './window-size.js'
import { checkStreamOptions, type HostStreamOptions } from './source.js'

/** A Web `WritableStream`: the members that a sink uses. */
export interface WebWritable {
  getWriter(): {
    write(bytes: Uint8Array): Promise<void>
    close(): Promise<void>
    releaseLock(): void
    readonly closed: Promise<unknown>
  }
}

/** A Node.js `Writable`: the members that a sink uses. */
export interface NodeWritable {
  write(bytes: Uint8Array, done: (error?: Error | null) => void): unknown
  end(): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
}

/**
 * Where standard output goes: a function, a Web stream or a Node.js `Writable`. It owns the bytes, which are a copy.
 * If a function returns a promise, it gets the next bytes when that has settled.
 */
export type SinkInit = ((bytes: Uint8Array) => unknown) | WebWritable | NodeWritable

/**
 * Makes an object to write to, out of an output of the host. It buffers up to 65,536 bytes for a slow host; beyond
 * that, a write waits or fails with EAGAIN. When the last reference goes, buffered bytes are still delivered, and then
 * the stream is ended. After an error of the stream, writing fails with its POSIX code, EPIPE if the stream was closed,
 * or else EIO.
 *
 * @throws EINVAL for any other output
 */
export function createSink(to: SinkInit, options: HostStreamOptions = {}): KernelObject<'ht:stdio'> {
  checkStreamOptions(options)
  return stdioKind.open(new Sink(to, options.keepOpen === true), { accessMode: 'WriteOnly' })
}

/** Where a sink leaves its bytes. */
interface Drain {
  deliver(bytes: Uint8Array): unknown
  end(): unknown
}

/** How many bytes may wait for the host. */
const CAPACITY = 65_536

class Sink implements HostEnd {
  readonly changes = new WaitQueue()
  readonly #to: SinkInit
  readonly #drain: Drain
  readonly #queue = new Queue<Uint8Array>()
  #queued = 0
  #delivering = false
  #closed = false
  #failure = 0

  constructor(to: SinkInit, keepOpen: boolean) {
    this.#to = to
    this.#drain = drainOf(to, keepOpen, (error) => this.#fail(error))
  }

  read(): number {
    return -EBADF
  }

  write(bytes: Uint8Array): number {
    if (this.#failure !== 0) return this.#failure
    const count = Math.min(bytes.length, CAPACITY - this.#queued)
    if (bytes.length > 0 && count <= 0) return -EAGAIN
    if (count === 0) return 0
    this.#queue.push(bytes.slice(0, count))
    this.#queued += count
    this.#deliver()
    // The host may have refused these very bytes.
    return (this.#failure as number) === 0 ? count : this.#failure
  }

  control(request: number, argument: Uint8Array): number {
    return controlTerminal(this.#to, request, argument)
  }

  readiness(): number {
    return this.#failure !== 0 ? OUT | ERR : this.#queued < CAPACITY ? OUT : 0
  }

  describe(): string {
    return `to the host, ${this.#queued} bytes waiting${this.#failure === 0 ? '' : ', failed'}`
  }

  close(): void {
    this.#closed = true
    this.#deliver()
  }

  /** Hands over what waits, a piece after the other, and ends the stream when nothing more can come. */
  #deliver(): void {
    for (let bytes; !this.#delivering && (bytes = this.#queue.shift()) !== undefined;) {
      const { length } = bytes
      this.#delivering = true
      const delivered = () => {
        this.#delivering = false
        this.#queued -= length
      }
      try {
        const taken = this.#drain.deliver(bytes)
        if (typeof (taken as PromiseLike<unknown> | null | undefined)?.then === 'function') {
          ;(taken as PromiseLike<unknown>).then(
            () => {
              delivered()
              this.#deliver()
              this.changes.wake()
            },
            (error: unknown) => this.#fail(error),
          )
          return
        }
        delivered()
      } catch (error) {
        this.#fail(error)
      }
    }
    if (this.#closed && !this.#delivering) this.#end()
  }

  #fail(error: unknown): void {
    if (this.#failure !== 0) return
    this.#failure = isClosedStream(error) ? -EPIPE : errnoFrom(error)
    this.#queue.clear()
    this.#queued = 0
    this.#delivering = false
    this.changes.wake()
    if (this.#closed) this.#end()
  }

  #end(): void {
    this.#delivering = true
    try {
      Promise.resolve(this.#drain.end()).catch(ignore)
    } catch {
      // No task is left to be told.
    }
  }
}

function drainOf(to: unknown, keepOpen: boolean, failed: (error: unknown) => void): Drain {
  if (typeof to === 'function') return { deliver: to as (bytes: Uint8Array) => unknown, end: ignore }
  if (typeof to === 'object' && to !== null) {
    if (typeof (to as WebWritable).getWriter === 'function') return webDrain(to as WebWritable, keepOpen, failed)
    const { write, end, on, off } = to as NodeWritable
    if ([write, end, on, off].every((it) => typeof it === 'function')) return nodeDrain(to as NodeWritable, keepOpen, failed)
  }
  throw invalid('sink', 'a function, a WritableStream or a Writable', to)
}

function webDrain(to: WebWritable, keepOpen: boolean, failed: (error: unknown) => void): Drain {
  const writer = to.getWriter()
  // A released lock rejects it as well, when the sink has ended.
  writer.closed.catch(failed)
  return {
    deliver: (bytes) => writer.write(bytes),
    end: () => (keepOpen ? writer.releaseLock() : writer.close()),
  }
}

function nodeDrain(to: NodeWritable, keepOpen: boolean, failed: (error: unknown) => void): Drain {
  const stays = keepOpen || (to as { _isStdio?: boolean })._isStdio === true
  const forget = onError(to, failed)
  return {
    deliver: (bytes) =>
      new Promise<void>((resolve, reject) => {
        to.write(bytes, (error) => {
          if (error) reject(error)
          else resolve()
        })
      }),
    end() {
      // One that is ended may still report an error, which is not to end the process.
      if (stays) forget()
      else to.end()
    },
  }
}

/** Whether an error says that a Node.js stream was ended or destroyed by somebody else. */
function isClosedStream(error: unknown): boolean {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' && code.startsWith('ERR_STREAM_')
}
