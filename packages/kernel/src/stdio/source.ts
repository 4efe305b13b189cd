import { errnoFrom, IN, WaitQueue, type KernelObject } from '@ht/core'
import { checkBoolean, checkOptions, invalid, type OptionNames } from '../check.js'
import { EAGAIN, EBADF } from '../errno.js'
import { ignore } from '../task/end.js'
import { stdioKind, type HostEnd } from './stdio-kind.js'
import { onError } from './stream-errors.js'
import { controlTerminal } from './window-size.js'

/** Text (which becomes UTF-8) or bytes. */
export type Chunk = string | Uint8Array

/** A Web `ReadableStream`: the members that a source uses. */
export interface WebReadable {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Chunk | undefined }>
    cancel(reason?: unknown): Promise<void>
    releaseLock(): void
  }
}

/**
 * Where standard input comes from: a string or bytes; a Web stream; anything that iterates over chunks, such as a
 * Node.js `Readable`; or a function that returns the next chunk, and `null` or `undefined` at the end. The source
 * owns the chunks that it gets.
 */
export type SourceInit =
  | Chunk
  | WebReadable
  | AsyncIterable<Chunk>
  | Iterable<Chunk>
  | (() => Chunk | null | undefined | PromiseLike<Chunk | null | undefined>)

/** What happens to the host's stream when no task has the object any more. */
export interface HostStreamOptions {
  /** Leaves it open: a source is not cancelled, a sink not ended. A process's own stdout and stderr always stay open. */
  readonly keepOpen?: boolean
}

const STREAM_OPTIONS: OptionNames<HostStreamOptions> = { keepOpen: true }

/** @throws EINVAL that names an option that is wrong */
export function checkStreamOptions(options: HostStreamOptions): void {
  checkOptions(options, STREAM_OPTIONS)
  if (options.keepOpen !== undefined) checkBoolean(options.keepOpen, 'options.keepOpen')
}

/**
 * Makes an object to read from, out of input of the host. It asks for a chunk when a task reads and nothing is left,
 * so a stream that no task reads is left alone. If the last reference goes before the end, the stream is cancelled.
 * After an error of the stream, reading fails with its POSIX code, or EIO if it has none.
 *
 * @throws EINVAL for any other input
 */
export function createSource(from: SourceInit, options: HostStreamOptions = {}): KernelObject<'ht:stdio'> {
  checkStreamOptions(options)
  return sourceOf(from, 'source', options.keepOpen)
}

/** {@link createSource} of what was given by this name. */
export function sourceOf(from: SourceInit, argument: string, keepOpen = false): KernelObject<'ht:stdio'> {
  return stdioKind.open(new Source(from, feedOf(from, argument, keepOpen)), { accessMode: 'ReadOnly' })
}

/** Where a source gets its chunks. */
interface Feed {
  pull(): unknown
  cancel(): unknown
}

const encoder = new TextEncoder()
const NOTHING: Uint8Array = new Uint8Array(0)

class Source implements HostEnd {
  readonly changes = new WaitQueue()
  readonly #from: SourceInit
  /** Until its end. */
  #feed: Feed | undefined
  #chunk = NOTHING
  #failure = 0
  #pulling = false
  /** Until the next turn of the event loop, as the last chunk was empty. */
  #resting: ReturnType<typeof setTimeout> | undefined

  constructor(from: SourceInit, feed: Feed) {
    this.#from = from
    this.#feed = feed
  }

  read(buffer: Uint8Array): number {
    if (buffer.length === 0) return 0
    this.#pull()
    const chunk = this.#chunk
    if (chunk.length === 0) return this.#failure !== 0 ? this.#failure : this.#feed === undefined ? 0 : -EAGAIN
    const count = Math.min(buffer.length, chunk.length)
    buffer.set(count === chunk.length ? chunk : chunk.subarray(0, count))
    this.#chunk = chunk.subarray(count)
    return count
  }

  write(): number {
    return -EBADF
  }

  control(request: number, argument: Uint8Array): number {
    return controlTerminal(this.#from, request, argument)
  }

  readiness(): number {
    this.#pull()
    return this.#chunk.length > 0 || this.#feed === undefined ? IN : 0
  }

  describe(): string {
    return `from the host, ${this.#chunk.length} bytes waiting${this.#feed === undefined ? ', ended' : ''}`
  }

  close(): void {
    const feed = this.#feed
    this.#feed = undefined
    this.#chunk = NOTHING
    clearTimeout(this.#resting)
    if (feed === undefined) return
    try {
      Promise.resolve(feed.cancel()).catch(ignore)
    } catch {
      // No task is left to be told.
    }
  }

  /**
   * Asks for the next chunk if there is none, and none is on its way. After an empty one it asks again in the next turn of
   * the event loop, once for all readers: to ask on and on would let nothing else run.
   */
  #pull(): void {
    if (this.#feed === undefined || this.#chunk.length > 0 || this.#pulling || this.#resting !== undefined) return
    this.#pulling = true
    try {
      const given = this.#feed.pull()
      if (isPromise(given)) {
        given.then(
          (chunk) => {
            this.#take(chunk)
            this.#tell()
          },
          (error: unknown) => {
            this.#fail(error)
          },
        )
        return
      }
      this.#take(given)
      this.#tell()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Tells those who wait of what came; after an empty chunk, that they may ask again. */
  #tell(): void {
    if (this.#chunk.length > 0 || this.#feed === undefined) {
      this.changes.wake()
      return
    }
    this.#resting = setTimeout(() => {
      this.#resting = undefined
      this.changes.wake()
    })
  }

  #take(given: unknown): void {
    if (this.#feed === undefined) return
    this.#pulling = false
    if (given === null || given === undefined) this.#feed = undefined
    else if (typeof given === 'string') this.#chunk = encoder.encode(given)
    else if (given instanceof Uint8Array) this.#chunk = given
    else this.#fail(invalid('chunk', 'a text or a Uint8Array', given))
  }

  #fail(error: unknown): void {
    if (this.#feed === undefined) return
    this.#feed = undefined
    this.#failure = errnoFrom(error)
    this.changes.wake()
  }
}

function feedOf(from: unknown, argument: string, keepOpen: boolean): Feed {
  if (typeof from === 'function') return { pull: from as () => unknown, cancel: ignore }
  if (has(from, 'getReader')) {
    if ((from as { locked?: unknown }).locked === true) throw invalid(argument, 'a stream that has no other reader', from)
    const reader = (from as WebReadable).getReader()
    return {
      pull: async () => valueOf(await reader.read()),
      cancel: () => (keepOpen ? reader.releaseLock() : reader.cancel()),
    }
  }
  if (has(from, 'destroy') && has(from, 'on')) return feedOfNode(from as NodeReadable, keepOpen)
  // A text or bytes are one chunk.
  const chunks = typeof from === 'string' ? [from] : from instanceof Uint8Array ? [new Uint8Array(from)] : from
  const symbol = has(chunks, Symbol.asyncIterator) ? Symbol.asyncIterator : Symbol.iterator
  if (!has(chunks, symbol)) throw invalid(argument, 'a text, bytes, a stream, an iterable or a function', from)
  const iterator = (chunks as Record<symbol, () => AsyncIterator<unknown> | Iterator<unknown>>)[symbol]!()
  return {
    pull() {
      const next = iterator.next()
      return isPromise(next) ? next.then(valueOf) : valueOf(next)
    },
    cancel: () => (keepOpen ? undefined : iterator.return?.()),
  }
}

/** A Node.js `Readable`, of which this is what is used. */
interface NodeReadable extends AsyncIterable<Chunk> {
  on(event: 'error', listener: (error: Error) => void): unknown
  off?(event: 'error', listener: (error: Error) => void): unknown
  destroy(): unknown
  /** Iterates as {@link AsyncIterable} does, and can leave the stream as it is. */
  iterator?(options: { readonly destroyOnReturn: boolean }): AsyncIterator<Chunk>
}

/**
 * A Node.js stream is destroyed by itself, as its iterator does so only once it was asked for something; and its
 * errors are heard from the start, since an error without a listener ends the process.
 */
function feedOfNode(stream: NodeReadable, keepOpen: boolean): Feed {
  let failure: Error | undefined
  const forget = onError(stream, (error) => (failure ??= error))
  const iterator = (keepOpen ? stream.iterator?.({ destroyOnReturn: false }) : undefined) ?? stream[Symbol.asyncIterator]()
  return {
    async pull() {
      if (failure !== undefined) throw failure
      return valueOf(await iterator.next())
    },
    cancel() {
      // One that is destroyed may still report an error, which is not to end the process.
      if (!keepOpen) return stream.destroy()
      forget()
      // It takes its own listeners away; without `iterator` it would destroy the stream.
      return stream.iterator === undefined ? undefined : iterator.return?.()
    },
  }
}

function valueOf(result: { readonly done?: boolean | undefined; readonly value?: unknown }): unknown {
  return result.done === true ? null : (result.value ?? NOTHING)
}

function has(value: unknown, method: PropertyKey): boolean {
  return typeof value === 'object' && value !== null && typeof (value as Record<PropertyKey, unknown>)[method] === 'function'
}

function isPromise(value: unknown): value is Promise<IteratorResult<unknown>> {
  return has(value, 'then')
}
