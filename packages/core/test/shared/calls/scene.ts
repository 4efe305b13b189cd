import { createSharedMemory, createSharedTable, type SharedMemory } from '@ht/core/shared'
import { entryOf, IDLE, LEVELS, stateOf } from '../../../src/shared/calls/entry.js'
import { H_PAGES_USED, H_RECORDS_USED } from '../../../src/shared/words/layout.js'
import { labOf } from './lab-of.js'
import { newGate, startCaller, startHome, untilHeld, type TestHome, type TestThread } from './start.js'
import type { KernelObject } from '@ht/core'

/** A home, and what its calls have done so far to the memory. */
export class Scene {
  readonly memory = createSharedMemory({ bytes: 16 * 1024 * 1024 })
  readonly table = createSharedTable(this.memory)
  readonly gate = newGate()
  home!: TestHome
  pages = 0
  records = 0

  async start(): Promise<this> {
    this.home = await startHome(this.memory, this.table, this.gate)
    // What this thread's own calls keep pages for is there before.
    await this.withObject((object) => labOf(object).add(0, 0))
    this.pages = this.pagesUsed
    this.records = this.recordsUsed
    return this
  }

  get pagesUsed(): number {
    return this.memory.words[H_PAGES_USED]!
  }

  get recordsUsed(): number {
    return this.memory.words[H_RECORDS_USED]!
  }

  async withObject(use: (object: KernelObject) => unknown): Promise<void> {
    const object = this.table.get(this.home.handle)!
    await use(object)
    object.release()
  }

  /** A caller that was ended when it, or its call, had come to a place where it stops. */
  async endCaller(given: Omit<Parameters<typeof startCaller>[2], 'handle'>, gate = this.gate): Promise<TestThread> {
    const caller = startCaller(this.memory, this.table, { handle: this.home.handle, ...given })
    await untilHeld(gate, 1)
    await caller.worker.terminate()
    await caller.ended
    return caller
  }

  async end(): Promise<void> {
    await this.home.worker.terminate()
    await this.home.ended
    this.table.dispose()
  }
}

/** How many of a thread's entries could have a call. */
export function idleEntries({ words }: SharedMemory, thread: number): number {
  return LEVELS.filter((level) => stateOf(words[entryOf(thread, level)]!) === IDLE).length
}
