import { defineKind, openObjectOf, type BorrowedObject, type OpenObject } from '@ht/core'
import { pause } from '../../src/shared/words/pause.js'
import { RELEASED } from './control.js'
import { EAGAIN } from '../../src/errors/numbers.js'
import type { SharedMemory } from '../../src/shared/index.js'
import type { Turns } from './turns.js'

/*
 * The least thing that can be waited for: a word that counts what can be read, a word that says that no more will
 * come, and a queue. Reader and writer are objects with two words: a number, and the address of these four.
 */
const COUNT = 0
const ENDED = 1
const QUEUE = 2

interface End {
  readonly memory: SharedMemory
  readonly number: number
  readonly channel: number
}

let control: Int32Array

/** Where releases are counted. */
export function countReleases(turns: Turns): void {
  control = turns.control
}

function attach(memory: SharedMemory, at: number): End {
  return { memory, number: memory.words[at]!, channel: memory.words[at + 1]! }
}

function release({ state }: OpenObject<End>): void {
  Atomics.add(control, RELEASED + state.number, 1)
}

export const readerKind = defineKind<End>({ name: 'test-reader', shared: { attach }, release })

export const writerKind = defineKind<End>({
  name: 'test-writer',
  shared: { attach },
  release,
  dropHolder({ state: { memory, channel }, holders }) {
    if (holders > 0) return
    Atomics.store(memory.words, channel + ENDED, 1)
    pause('value published')
    memory.waits.wake(channel + QUEUE)
  },
})

/** Writes one thing: 1. */
export function publish(object: BorrowedObject): number {
  const { memory, channel } = (openObjectOf(object) as OpenObject<End>).state
  Atomics.add(memory.words, channel + COUNT, 1)
  pause('value published')
  memory.waits.wake(channel + QUEUE)
  return 1
}

/** Waits for one thing: 1, or 0 at the end. */
export function read(memory: SharedMemory, open: OpenObject): number {
  const { channel } = (open as OpenObject<End>).state
  return memory.waits.block([channel + QUEUE], () => take(memory, channel), { deadline: Infinity, spins: false }, 'read')
}

function take({ words }: SharedMemory, channel: number): number {
  for (;;) {
    const count = Atomics.load(words, channel + COUNT)
    if (count === 0) break
    if (Atomics.compareExchange(words, channel + COUNT, count, count - 1) === count) return 1
  }
  // What was written before the end is read first.
  return Atomics.load(words, channel + ENDED) === 1 && Atomics.load(words, channel + COUNT) === 0 ? 0 : -EAGAIN
}
