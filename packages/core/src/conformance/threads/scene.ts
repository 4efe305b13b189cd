import { leaveMemory } from '../../shared/thread/attach-memory.js'
import { createSharedMemory } from '../../shared/thread/create-memory.js'
import { H_PAGES_USED, H_RECORDS_USED } from '../../shared/words/layout.js'
import { createSharedTable } from '../../shared/table/shared-table.js'
import { openObjectOf } from '../../object/reference.js'
import { answer, check, ConformanceError, equal } from '../assert.js'
import { readAsync, writeAsync } from '../../ready/stream-promises.js'
import { arrival } from '../kind/scene.js'
import { HandleUser } from './handle-user.js'
import { Partner } from './partner.js'
import type { KernelObject } from '../../object/kernel-object.js'
import type { Handle } from '../../table/slots.js'
import type { HandleTable } from '../../table/handle-table.js'
import type { OpenObject } from '../../object/open-object.js'
import type { SharedMemory } from '../../shared/thread/memory.js'
import type { Awaitable } from '../kind/description.js'
import type { SharedKindDescription } from './description.js'

/** One object or more in a memory, and what to do when the rule is over. */
export interface SharedOpening {
  readonly objects: readonly KernelObject[]
  cleanup?(): Awaitable<void>
}

const MINUTE_MS = 60_000

/** A table in a memory of its own, with new objects in it, and another thread that has the table too. */
export class SharedScene {
  readonly description: SharedKindDescription
  readonly memory: SharedMemory
  readonly table: HandleTable
  /** This thread's steps. */
  readonly here: HandleUser
  readonly payload: Uint8Array
  readonly #open: (memory: SharedMemory) => Awaitable<SharedOpening>
  readonly #partners: Partner[] = []
  readonly #stops: (() => void)[] = []
  readonly #cleanups: (() => unknown)[] = []
  #held: Readonly<Record<string, number>> = {}
  #handles: Handle[] = []

  private constructor(description: SharedKindDescription, open: (memory: SharedMemory) => Awaitable<SharedOpening>) {
    this.description = description
    this.#open = open
    const { kind, kinds = [kind], memoryBytes = 4 * 2 ** 20, payload } = description
    this.memory = createSharedMemory({ bytes: memoryBytes, objects: 256, kinds })
    this.table = createSharedTable(this.memory)
    this.here = new HandleUser(this.table, this.patienceMs)
    this.payload = (payload ?? Uint8Array.from({ length: 16 }, (_, i) => i * 15 + 1)).slice()
  }

  static async begin(
    description: SharedKindDescription,
    open: (memory: SharedMemory) => Awaitable<SharedOpening>,
  ): Promise<SharedScene> {
    const scene = new SharedScene(description, open)
    try {
      await scene.start()
      scene.#held = scene.#holding()
      scene.#handles = await scene.openMore()
    } catch (error) {
      await scene.end().catch(() => undefined)
      throw error
    }
    return scene
  }

  /** The other thread. */
  get there(): Partner {
    return this.#partners[0]!
  }

  /** The handle of the object; of a pair, of the one that reads. */
  get reader(): Handle {
    return this.#handles[0]!
  }

  /** The handle of the one that writes; of an object that echoes, another one of the same object. */
  get writer(): Handle {
    return this.#handles[1] ?? this.reader
  }

  get patienceMs(): number {
    return this.description.patienceMs ?? MINUTE_MS
  }

  /** One more thread. */
  async start(): Promise<Partner> {
    const worker = await this.description.startWorker()
    const partner = await Partner.begin(this.memory, this.table, worker, this.patienceMs)
    this.#partners.push(partner)
    return partner
  }

  /** New objects in the table. */
  async openMore(): Promise<Handle[]> {
    const { objects, cleanup } = await this.#open(this.memory)
    this.#cleanups.push(() => cleanup?.())
    return this.table.insertAll([...objects])
  }

  /** The open object of a handle, to look at. */
  openObject(handle: Handle): OpenObject {
    const open = this.table.withObject(handle, openObjectOf)
    check(open !== undefined, `handle ${String(handle)} is not open`)
    return open
  }

  /** Waits until something holds. */
  async until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
    if (!(await this.#comes(holds))) throw new ConformanceError(`waited in vain until ${what}`)
  }

  /** Waits until the other thread sleeps until an object changes. */
  async untilAsleep(handle: Handle, partner = this.there): Promise<void> {
    const open = this.openObject(handle)
    await this.until(() => partner.isAsleepOn(open), 'the call in the other thread blocks')
  }

  /** Reads in this thread, when there is something. */
  async read(handle: Handle, buffer: Uint8Array): Promise<number> {
    return this.#using(handle, (it) => arrival(readAsync(it, buffer, { timeoutMs: this.patienceMs }), 'a read'))
  }

  /** Writes all in this thread, waiting for room. */
  async write(handle: Handle, bytes: Uint8Array): Promise<number> {
    return this.#using(handle, (it) => arrival(writeAsync(it, bytes, { timeoutMs: this.patienceMs }), 'a write'))
  }

  /** Readiness of an object at each change that is told in this thread, until the rule is over. */
  listen(handle: Handle): readonly number[] {
    const seen: number[] = []
    const stop = this.openObject(handle)
      .kind.ready?.changes(this.openObject(handle))
      .add(() => seen.push(this.here.readiness(handle)))
    this.#stops.push(() => stop?.())
    return seen
  }

  /** Writes in this thread until there is no room; undefined if the object takes everything. */
  fill(): number | undefined {
    const piece = this.description.unit === 'messages' ? this.payload : new Uint8Array(4096)
    let written = 0
    for (let i = 0; i < 4096; i++) {
      const count = this.here.write(this.writer, piece)
      if (answer(count) === '−EAGAIN') return written
      check(count > 0, `a write with room left answered ${answer(count)}`)
      written += count
    }
    return undefined
  }

  /** Reads all that is there in this thread. */
  drain(): void {
    for (let i = 0; i < 65_536; i++) if (this.here.read(this.reader, 65_536).answer <= 0) return
    throw new ConformanceError('an object gives more than it was given')
  }

  /** Whether something is left of the objects, in whichever thread. */
  isHeld(): boolean {
    const now = this.#holding()
    return Object.entries(this.#held).some(([what, before]) => now[what] !== before)
  }

  /** All objects have been released, each once, whichever thread did it. */
  async givenBack(): Promise<void> {
    await this.#comes(() => !this.isHeld())
    this.#isGivenBack()
    // What another thread does twice, it may do late.
    for (const partner of this.#partners) await partner.end()
    this.#isGivenBack()
  }

  async end(): Promise<void> {
    const errors: unknown[] = []
    const attempt = (end: () => unknown) =>
      Promise.resolve()
        .then(end)
        .catch((error: unknown) => errors.push(error))
    for (const stop of this.#stops) stop()
    for (const partner of this.#partners) await attempt(() => partner.end())
    await attempt(() => {
      this.table.dispose()
    })
    for (const end of this.#cleanups.reverse()) await attempt(end)
    await attempt(() => {
      leaveMemory(this.memory)
    })
    if (errors.length > 0) throw errors[0]
  }

  async #using<T>(handle: Handle, f: (object: KernelObject) => Promise<T>): Promise<T> {
    const object = this.table.get(handle)
    check(object !== undefined, `handle ${String(handle)} is not open`)
    try {
      return await f(object)
    } finally {
      object.release()
    }
  }

  #isGivenBack(): void {
    for (const [what, now] of Object.entries(this.#holding())) equal(now, this.#held[what], `${what} after the release`)
  }

  /** Waits until something holds; false if it does not come. */
  async #comes(holds: () => boolean | Promise<boolean>): Promise<boolean> {
    const deadline = performance.now() + this.patienceMs
    while (!(await holds())) {
      if (performance.now() > deadline) return false
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    return true
  }

  #holding(): Record<string, number> {
    const { words } = this.memory
    return {
      'objects in the memory': words[H_RECORDS_USED]!,
      'pages in use': words[H_PAGES_USED]!,
      'held outside of core': this.description.held?.(this.memory) ?? 0,
    }
  }
}
