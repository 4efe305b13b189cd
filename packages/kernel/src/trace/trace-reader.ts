import { errnoFrom, HandleError, isHandleError } from '@ht/core'
import { now, type TraceEvent } from './event.js'
import { longestMessage, readMessage, type Beginning } from './messages.js'
import { RingReader } from './ring.js'
import type { SharedMemory } from '@ht/core/shared'
import type { TraceBudget } from './budget.js'
import type { LocalTracer } from './local-tracer.js'
import type { TracePlace } from './ring-tracer.js'

/** The readers of a trace. */
type Desk = Set<TraceReader>

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
  readonly #budget: TraceBudget
  readonly #broken: (error: HandleError) => void
  readonly #stopListening: () => void
  /** Calls that have not ended, by their numbers. */
  readonly #open = new Map<number, Beginning & { readonly bytes: number }>()
  /** How many bytes are kept of the worker: what told of these calls, and pieces of messages. */
  #bytes = 0
  /** Why nothing is read any more. */
  #failure: HandleError | undefined
  /** The failure is to be told. */
  #hasFailed = false

  /**
   * @throws ENOMEM without room for the ring
   * @param broken told, once, why nothing is read any more while the worker runs: it waits for room in vain, and is to be ended
   */
  constructor(
    memory: SharedMemory,
    thread: number,
    task: number,
    tracer: LocalTracer,
    budget: TraceBudget,
    broken: (error: HandleError) => void,
  ) {
    this.#task = task
    this.#thread = thread
    this.#tracer = tracer
    this.#budget = budget
    this.#broken = broken
    this.#ring = new RingReader(memory, longestMessage(tracer.most), (bytes) => {
      this.#keep(0, bytes)
    })
    const desk: Desk = desks.get(tracer) ?? new Set()
    desks.set(tracer, desk)
    this.#desk = desk
    desk.add(this)
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
    const ended: TraceEvent[] = []
    for (const reader of this.#desk) reader.#collect(ended)
    this.#tracer.tellAll(ended.sort((a, b) => a.start + a.duration - (b.start + b.duration)))
    for (const reader of this.#desk) reader.#tellFailure()
  }

  /**
   * The task has ended: tells of the rest, calls that are unfinished last. Nothing is read any more.
   *
   * @param then called when all is told: at once, or after some turns of the event loop
   */
  finish(then: () => void): void {
    const unfinished: TraceEvent[] = []
    if (this.#desk.has(this)) {
      // The worker has ended already, whatever is found now.
      this.#hasFailed = true
      this.read()
      this.#desk.delete(this)
      this.#stopListening()
      const end = now()
      for (const { name, args, start } of this.#open.values()) {
        unfinished.push({ task: this.#task, name, args, result: undefined, start, duration: end - start, unfinished: true })
      }
      this.#budget.giveBack(this.#open.size, this.#bytes)
      this.#open.clear()
      this.#bytes = 0
    }
    this.#tracer.tellInTurns(unfinished, then)
  }

  /** The worker has ended: gives the ring's memory back. */
  free(): void {
    this.#ring.free()
  }

  #collect(ended: TraceEvent[]): void {
    if (this.#failure !== undefined) return
    try {
      this.#ring.read(this.#thread, (message) => {
        this.#take(message, ended)
      })
    } catch (error) {
      if (error instanceof RangeError)
        this.#failure = new HandleError('EIO', { text: `the worker broke its trace: ${error.message}` })
      else if (isHandleError(error)) this.#failure = error
      else throw error
      ended.push({ task: this.#task, name: 'trace', args: [], result: errnoFrom(this.#failure), start: now(), duration: 0 })
    }
  }

  #tellFailure(): void {
    if (this.#failure === undefined || this.#hasFailed) return
    this.#hasFailed = true
    this.#broken(this.#failure)
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
    this.#keep(-1, -begun.bytes)
    const { result, duration, args = begun.args } = said
    ended.push({ task: this.#task, name: begun.name, args, result, start: begun.start, duration })
  }

  #begin(beginning: Beginning, bytes: number): void {
    const { call } = beginning
    if (this.#open.has(call)) throw new RangeError('a call that begins twice')
    this.#keep(1, bytes)
    this.#open.set(call, { ...beginning, bytes })
  }

  /** @throws ENOBUFS */
  #keep(calls: number, bytes: number): void {
    if (bytes < 0) this.#budget.giveBack(-calls, -bytes)
    else this.#budget.take(calls, bytes)
    this.#bytes += bytes
  }
}
