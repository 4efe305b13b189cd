import { SharedMemory } from '../../../src/shared/thread/memory.js'
import { startServing } from '../../../src/shared/thread/repair.js'
import { SharedSlots } from '../../../src/shared/table/shared-slots.js'
import { toRegistry } from '../../../src/kind/registry.js'
import { ownerOf, slotsOf } from '../../../src/table/handle-table.js'
import { kinds } from './witness-kind.js'
import type { World } from './programs.js'

/**
 * A memory as it was at one moment, to be seen by the thread that serves: what a thread leaves that goes no further. All that a
 * thread leaves is in its memory, so it need not really die for that, and a world is had for each moment of one run.
 */
export class CrashImage {
  readonly #words: Int32Array
  readonly #world: World

  constructor(world: World) {
    this.#world = world
    this.#words = world.memory.words.slice()
  }

  /** The world in a memory of its own. */
  revive(): World {
    const source = new SharedArrayBuffer(this.#words.byteLength)
    const words = new Int32Array(source)
    words.set(this.#words)
    const memory = new SharedMemory(source, words, this.#world.memory.thread, toRegistry(kinds))
    startServing(memory)
    const slots = slotsOf(this.#world.table, 'table', 'test')
    if (!(slots instanceof SharedSlots)) throw new Error('the table is in the memory')
    return { memory, table: ownerOf(new SharedSlots(memory, slots.at, undefined)), logs: this.#world.logs }
  }
}
