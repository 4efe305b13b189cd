import { EIO } from '../errno.js'
import { now, type TraceEvent } from './event.js'
import { longestMessage, readMessage, type Beginning } from './messages.js'
import { RingReader } from './ring.js'
import type { SharedMemory } from '@ht/core/shared'
import type { LocalTracer } from './local-tracer.js'
import type { TracePlace } from './ring-tracer.js'

/** What is to be told to a trace, and the rings that it comes from. */
interface Desk {
  readonly readers: Set<TraceReader>
  readonly queue: TraceEvent[]
}

/** How many calls a worker may have under way, and how many bytes of messages that tell of several: it may tell of no ends. */
export const MOST_CALLS = 65_536
export const MOST_BYTES = 2 ** 27

const desks = new WeakMap<LocalTracer, Desk>()

/**
 * Reads what a worker tells of its task's calls, in the kernel's thread, and has the trace told. Whenever one ring is read
 * all of them are, so that calls of several tasks are told in the order in which they ended, as far as clocks tell.
 */
export class TraceReader {
  readonly #task: number
  readonly #thread: number
  readonly #tracer: LocalTracer
  readonly #ring: RingReader
  readonly #desk: Desk
  readonly #stopListening: () => void
  /** Calls that have not ended, by their numbers. */
  readonly #open = new Map<number, Beginning & { readonly bytes: number }>()
  /** How many bytes told of them. */
  #openBytes = 0
  #isBroken = false

  /** @throws ENOMEM without room for the ring */
  constructor(memory: SharedMemory, thread: number, task: number, tracer: LocalTracer) {
    this.#task = task
    this.#thread = thread
    this.#tracer = tracer
    this.#ring = new RingReader(memory, longestMessage(tracer.most))
    const desk = desks.get(tracer) ?? { readers: new Set(), queue: [] }
    desks.set(tracer, desk)
    this.#desk = desk
    desk.readers.add(this)
    this.#stopListening = memory.waits.listen(this.#ring.queue, () => {
      this.read()
    })
  }

  /** What the worker is posted. */
  get place(): TracePlace {
    return { at: this.#ring.at, most: this.#tracer.most }
  }

  /** Tells of all that workers have published. */
  read(): void {
    const { readers, queue } = this.#desk
    const ended: TraceEvent[] = []
    for (const reader of readers) reader.#collect(ended)
    queue.push(...ended.sort((a, b) => a.start + a.duration - (b.start + b.duration)))
    this.#tell()
  }

  /** The task has ended: tells of the rest, calls that are unfinished last. Nothing is read any more. */
  finish(): void {
    if (!this.#desk.readers.has(this)) return
    this.read()
    this.#desk.readers.delete(this)
    this.#stopListening()
    for (const { name, args, start } of this.#open.values()) {
      this.#desk.queue.push({ task: this.#task, name, args, result: undefined, start, duration: now() - start, unfinished: true })
    }
    this.#open.clear()
    this.#openBytes = 0
    this.#tell()
  }

  /** The worker has ended: gives the ring's memory back. */
  free(): void {
    this.#ring.free()
  }

  #collect(ended: TraceEvent[]): void {
    if (this.#isBroken) return
    try {
      this.#ring.read(this.#thread, (message) => {
        this.#take(message, ended)
      })
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      // Whatever it does from here on cannot be told, so it is not read, and the worker waits for room in vain.
      this.#isBroken = true
      ended.push({ task: this.#task, name: 'trace', args: [], result: -EIO, start: now(), duration: 0 })
    }
  }

  #take(message: Uint8Array, ended: TraceEvent[]): void {
    const said = readMessage(message)
    if ('name' in said) {
      this.#begin(said, message.length)
      return
    }
    const begun = this.#open.get(said.call)
    if (begun === undefined) throw new RangeError('the end of no call')
    this.#open.delete(said.call)
    this.#openBytes -= begun.bytes
    const { result, duration, args = begun.args } = said
    ended.push({ task: this.#task, name: begun.name, args, result, start: begun.start, duration })
  }

  #begin(beginning: Beginning, bytes: number): void {
    const { call } = beginning
    const before = this.#open.get(call)
    const total = this.#openBytes + bytes - (before?.bytes ?? 0)
    if ((before === undefined && this.#open.size >= MOST_CALLS) || (this.#open.size > 0 && total > MOST_BYTES)) {
      throw new RangeError('more calls under way than there can be')
    }
    this.#openBytes = total
    this.#open.set(call, { ...beginning, bytes })
  }

  /** What a trace does when it is told may have more told, behind what is to be told already. */
  #tell(): void {
    const { queue } = this.#desk
    for (let event; (event = queue.shift()) !== undefined; ) this.#tracer.tell(event)
  }
}
