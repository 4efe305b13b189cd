import { defineKind, openObjectOf, READABLE, type BorrowedObject, type OpenObject } from '@ht/core'
import { RECORD_WORDS } from '../../src/shared/words/layout.js'
import { RELEASED } from './control.js'
import type { SharedMemory } from '../../src/shared/index.js'
import type { Turns } from './turns.js'

/** This thread's view of a witness: its number stands in its first word. */
interface Witness {
  readonly memory: SharedMemory
  readonly at: number
}

let turns: Turns | undefined

/** Who is told of what goes wrong with objects in this thread. */
export function tell(to: Turns): void {
  turns = to
  Object.assign(globalThis, { useAsData })
}

/**
 * Uses the words of a record that has been released for something else for a while, as nobody may: a variant calls
 * it. What is read there late must not change it.
 */
function useAsData(words: Int32Array, record: number): void {
  const bytes = 0x00410041
  words.fill(bytes, record, record + RECORD_WORDS)
  turns?.pause('data written')
  if (words.subarray(record, record + RECORD_WORDS).some((word) => word !== bytes)) turns?.fault("somebody's data was changed")
  words.fill(0, record, record + RECORD_WORDS)
}

/** Objects that know whether they may be used: releases are counted apart from their own words, which serve again. */
export const witnessKind = defineKind<Witness>({
  name: 'test-witness',
  shared: { attach: (memory: SharedMemory, at) => ({ memory, at }) },
  inferMetadata: ({ access }) => ({ handleType: access === READABLE ? 'LogOutput' : 'Regular' }),
  describe: (open) => String(numberOf(open)),
  release(open) {
    const number = numberOf(open)
    Atomics.add(turns!.control, RELEASED + number, 1)
  },
})

/** The number of a witness. */
export function numberOf(open: OpenObject<Witness>): number {
  return open.state.memory.words[open.state.at]!
}

/** Uses an object for a while: its number. */
export function use(object: BorrowedObject): number {
  const open = openObjectOf(object) as OpenObject<Witness>
  const number = numberOf(open)
  check(open, number)
  turns?.pause('object in use')
  check(open, number)
  return number
}

function check(open: OpenObject<Witness>, number: number): void {
  if (turns === undefined) return
  if (numberOf(open) !== number) turns.fault('an object became another one while it was used', number)
  if (Atomics.load(turns.control, RELEASED + number) !== 0) turns.fault('a released object was used', number)
}
