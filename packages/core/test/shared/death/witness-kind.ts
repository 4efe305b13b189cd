import { defineKind } from '@ht/core'
import { openShared, type SharedMemory } from '@ht/core/shared'
import { tubeKind } from '../tube-kind.js'
import type { KernelObject } from '@ht/core'

/*
 * Kinds that live in shared memory and write down there what happens to their objects, so that it is known whichever
 * thread it happens in, and though that thread dies.
 */

/** What is written of each object, in words of a log that the test has allotted. */
export const RELEASES = 0
export const CLONES = 1
export const DROPS = 2
export const LOG_WORDS = 4

interface Witness {
  readonly words: Int32Array
  /** The address of its own words: the number of the object, and where its log is. */
  readonly at: number
}

const shared = { attach: ({ words }: SharedMemory, at: number): Witness => ({ words, at }) }

/** Has a release hook alone. */
export const plainKind = defineKind<Witness>({
  name: 'witness',
  shared,
  release: ({ state }) => log(state, RELEASES),
})

/** Is told of holders too. */
export const toldKind = defineKind<Witness>({
  name: 'told-witness',
  shared,
  cloneForDup: ({ state }) => log(state, CLONES),
  dropHolder: ({ state }) => log(state, DROPS),
  release: ({ state }) => log(state, RELEASES),
})

export const kinds = [plainKind, toldKind, tubeKind]

/** Opens an object with a number, whose log is one of those at an address. */
export function openWitness(memory: SharedMemory, kind: typeof plainKind, number: number, logs: number): KernelObject {
  return openShared(memory, kind, { own: [number, logs + number * LOG_WORDS] })
}

function log({ words, at }: Witness, what: number): void {
  Atomics.add(words, words[at + 1]! + what, 1)
}
