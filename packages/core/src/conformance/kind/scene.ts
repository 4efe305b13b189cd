import { HandleTable } from '../../table/handle-table.js'
import { errnoOf } from '../../errors/errno.js'
import { openObjectOf } from '../../object/reference.js'
import { StreamOps, type StreamMethods } from '../../ops/stream.js'
import { FileOps, SEEK_SET } from '../../ops/file.js'
import { readAsync, writeAsync } from '../../ready/stream-promises.js'
import { check, ConformanceError, equal } from '../assert.js'
import type { KernelObject } from '../../object/kernel-object.js'
import type { Capability } from '../../kind/capability.js'
import type { OpenObject } from '../../object/open-object.js'
import type { Awaitable, KindDescription, Opened, OpenedPair } from './description.js'

const MINUTE_MS = 60_000

/** Opens what {@link ObjectScene} shows. */
export type Opening = () => Awaitable<Opened & { peer?: KernelObject }>

const EAGAIN = errnoOf('EAGAIN')

/** A table, and references that end with the rule. */
export class Scene {
  readonly table = new HandleTable()
  readonly description: KindDescription
  readonly #ends: (() => unknown)[] = []

  constructor(description: KindDescription, opened: { cleanup?(): Awaitable<void> } = {}) {
    this.description = description
    this.atEnd(() => opened.cleanup?.())
    this.keep(this.table)
  }

  /** How long something that must happen is waited for. */
  get patience(): { timeoutMs: number } {
    return { timeoutMs: this.description.patienceMs ?? MINUTE_MS }
  }

  /** Has a reference released at the end, if it is not over by then. */
  keep<T extends KernelObject | HandleTable>(kept: T): T {
    this.atEnd(() => {
      if ('release' in kept) kept.release()
      else kept.dispose()
    })
    return kept
  }

  /** Has something called at the end; the last that was asked for comes first. */
  atEnd(end: () => unknown): void {
    this.#ends.push(end)
  }

  async end(): Promise<void> {
    const errors: unknown[] = []
    for (const end of this.#ends.reverse())
      await Promise.resolve()
        .then(end)
        .catch((error: unknown) => errors.push(error))
    if (errors.length > 0) throw errors[0]
  }
}

/** One object, and perhaps one that it is connected to. */
export class ObjectScene extends Scene {
  readonly object: KernelObject
  /** Behind it. The suite looks at its counts also when the reference is over. */
  readonly open: OpenObject
  readonly peer: KernelObject | undefined
  /** What the kind held outside of core before the object was opened. */
  readonly heldBefore: number

  constructor(description: KindDescription, opened: Opened & { peer?: KernelObject }, heldBefore: number) {
    super(description, opened)
    this.object = this.keep(opened.object)
    this.open = openObjectOf(opened.object)
    this.peer = opened.peer && this.keep(opened.peer)
    this.heldBefore = heldBefore
  }

  /** What the kind holds outside of core now, if it counts that. */
  get held(): number {
    return this.description.held?.() ?? this.heldBefore
  }

  /** The object's methods for a capability that its kind says it has. */
  methods<M>(capability: Capability<M>): M {
    return methodsFor(this.object, capability)
  }
}

/** What is written to one object can be read from another, or from the same. */
export class ExchangeScene extends Scene {
  readonly reader: KernelObject
  readonly writer: KernelObject
  readonly input: StreamMethods
  readonly output: StreamMethods
  readonly payload: Uint8Array
  readonly #rewinds: boolean

  /** `rewinds`: what was written is read once the offset is at the start again. */
  constructor(description: KindDescription, opened: OpenedPair, rewinds = false) {
    super(description, opened)
    this.reader = this.keep(opened.reader)
    this.writer = this.keep(opened.writer)
    this.input = methodsFor(opened.reader, StreamOps)
    this.output = methodsFor(opened.writer, StreamOps)
    this.payload = (description.payload ?? Uint8Array.from({ length: 16 }, (_, i) => i * 15 + 1)).slice()
    this.#rewinds = rewinds
  }

  /** Writes bytes that the object must take whole. */
  send(bytes: Uint8Array): void {
    equal(this.output.write(bytes), bytes.length, `a write of ${String(bytes.length)} bytes to a new object`)
  }

  /** Goes back to what was written first. */
  rewind(): void {
    if (this.#rewinds) equal(methodsFor(this.reader, FileOps).seek(0, SEEK_SET), 0, 'a seek to the start')
  }

  /** Reads once, when there is something. */
  async receive(buffer: Uint8Array): Promise<number> {
    return arrival(readAsync(this.reader, buffer, this.patience), 'a read')
  }

  /** Reads until this many bytes are there, or the end of file. */
  async receiveAll(length: number): Promise<Uint8Array> {
    const all = new Uint8Array(length)
    for (let at = 0; at < length;) {
      const count = await this.receive(all.subarray(at))
      if (count === 0) return all.slice(0, at)
      at += count
    }
    return all
  }

  /** Writes all, waiting for room. */
  async sendAll(bytes: Uint8Array): Promise<void> {
    equal(await arrival(writeAsync(this.writer, bytes, this.patience), 'a write'), bytes.length, 'bytes written')
  }

  /**
   * Writes until the object would have to wait, and gives how much it took; undefined when it never does:
   * then there is no room to run out of.
   */
  fill(): number | undefined {
    const piece = this.description.unit === 'messages' ? this.payload : new Uint8Array(4096)
    let written = 0
    for (let i = 0; i < 4096; i++) {
      const count = this.output.write(piece)
      if (count === -EAGAIN) return written
      check(count > 0, `a write with room left answered ${String(count)}`)
      written += count
    }
    return undefined
  }

  /** Reads all that is there now. */
  drain(): number {
    const buffer = new Uint8Array(65536)
    for (let total = 0; ;) {
      const count = this.input.read(buffer)
      if (count <= 0) return total
      total += count
      check(total < 1 << 26, 'an object gives more bytes than it was given')
    }
  }
}

/** What a promise gives; what it waited for in vain is said in the rule's words. */
export function arrival<T>(promise: Promise<T>, what: string): Promise<T> {
  const arrived = promise.catch((error: unknown) => {
    throw new ConformanceError(`${what} that had to succeed failed: ${String(error)}`, { cause: error })
  })
  // A rule that fails before it looks at this promise has said what is wrong.
  arrived.catch(() => undefined)
  return arrived
}

function methodsFor<M>(object: KernelObject, capability: Capability<M>): M {
  const methods = object.as(capability)
  check(methods !== undefined, `the object's kind, ${object.kindName}, has no ${capability.name}`)
  return methods
}
