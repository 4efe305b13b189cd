import { defineKind, openObjectOf, type BorrowedObject, type KernelObject, type OpenObject } from '@ht/core'
import { openShared, type SharedMemory } from '@ht/core/shared'

/*
 * Objects that are known to be alive or not: a word for each record, apart from the records, holds the serial
 * number of the object that lives there now, and its release takes it away again. So an object that is used after
 * its release, or released twice or in another one's place, is found at once.
 */
interface Watched {
  readonly memory: SharedMemory
  readonly at: number
}

const SERIAL = 0
/** What its handle promises: the table and the number where alone it is placed first, and 1; 0 for anywhere. */
const PROMISE = 1

/** What this thread has counted. */
export const counted = { made: 0, released: 0 }

let alive: Int32Array
let serial = 0

/** Says where living objects are noted, and which serial numbers are this thread's. */
export function watch(words: Int32Array, thread: number): void {
  alive = words
  serial = thread << 27
}

export const watchedKind = defineKind<Watched>({
  name: 'test-watched',
  shared: { attach: (memory: SharedMemory, at) => ({ memory, at }) },
  release({ state: { memory, at } }) {
    counted.released++
    const number = memory.words[at + SERIAL]!
    const was = Atomics.exchange(alive, placeOf(memory, at), 0)
    if (was !== number) throw new Fault(`object ${number} was released where ${was} lived`)
  },
})

/** Something that must never be, and is no error of a handle. */
class Fault extends Error {}

/** A new object. @throws ENOMEM */
export function makeWatched(memory: SharedMemory, promise: number): KernelObject {
  const number = ++serial
  const object = openShared(memory, watchedKind, { own: [number, promise] })
  const { at } = (openObjectOf(object) as OpenObject<Watched>).state
  const was = Atomics.exchange(alive, placeOf(memory, at), number)
  if (was !== 0) throw new Fault(`object ${number} was made where ${was} lives`)
  counted.made++
  return object
}

/** Uses an object for a moment. @throws Fault when it is not alive, or not one that its handle may name */
export function useWatched(object: BorrowedObject, promise: number): void {
  const { memory, at } = (openObjectOf(object) as OpenObject<Watched>).state
  const { words } = memory
  const number = words[at + SERIAL]!
  const place = placeOf(memory, at)
  if (promise !== 0 && words[at + PROMISE] !== promise)
    throw new Fault(`handle ${promise} named an object of ${words[at + PROMISE]!}`)
  for (let i = 0; i < 3; i++) {
    const lives = Atomics.load(alive, place)
    if (lives !== number || words[at + SERIAL] !== number) throw new Fault(`object ${number} was used while ${lives} lived there`)
  }
}

/** Records are 32 words each, so that this is a number of its own. */
function placeOf(memory: SharedMemory, at: number): number {
  return (at - memory.recordsAt) >> 5
}
