import { parentPort } from 'node:worker_threads'
import { beginOperation, endOperation, HandleError, openObjectOf, type HandleTable } from '@ht/core'
import { attach, attachMemory, createSharedTable, openShared, type SharedMemory, type TableToken } from '@ht/core/shared'
import { countedKinds, OPENED } from './counted-kind.js'

/** What a thread is sent that does a little of everything until it dies. */
export interface MixedData {
  readonly token: TableToken
  /** Where the memory counts what happens to objects. */
  readonly counts: number
  /** How many operations it has done; how many it is to do, and sleeps when it has; how often it has told of it. */
  readonly done: Int32Array
  readonly seed: number
  /** After how many operations it tells, and goes on; never if omitted. */
  readonly tells?: number | undefined
  /** After how many operations it ends itself, and how; never if omitted. */
  readonly ends?: { readonly after: number; readonly by: 'exit' | 'throw' } | undefined
}

/** What may happen when others use the same table, and close what one is about to use. */
const EXPECTED = ['EBADF', 'EBUSY', 'EMFILE', 'ENOMEM', 'EINVAL']
const HANDLES = 24

parentPort?.once('message', (given: MixedData) => {
  const table = attach(given.token, { kinds: countedKinds })
  const memory = attachMemory({ ...given.token, type: 'ht memory' })
  const random = randomFrom(given.seed)
  const { done, ends } = given
  for (let i = 0; ; i++) {
    try {
      // In the middle of a use, where it has most to leave behind; later when there is no room for one.
      if (ends !== undefined && i >= ends.after)
        table.withObject(table.insert(openCounted(memory, given.counts, random)), () => {
          endBy(ends.by)
        })
      operate(table, memory, given.counts, random)
    } catch (error) {
      if (!(error instanceof HandleError && EXPECTED.includes(error.code))) throw error
    }
    if (Atomics.add(done, 0, 1) + 1 === given.tells) tell(done)
    for (let goal = Atomics.load(done, 1); Atomics.load(done, 0) >= goal; goal = Atomics.load(done, 1)) {
      tell(done)
      Atomics.wait(done, 1, goal)
    }
  }
})

function tell(done: Int32Array): void {
  Atomics.add(done, 2, 1)
  Atomics.notify(done, 2)
}

function operate(table: HandleTable, memory: SharedMemory, counts: number, random: (below: number) => number): void {
  const handle = random(HANDLES)
  switch (random(14)) {
    case 0:
    case 1:
      table.insert(openCounted(memory, counts, random))
      return
    case 2:
      table.remove(handle)?.release()
      return
    case 3:
      table.dup(handle)
      return
    case 4:
    case 5:
      table.dup2(handle, random(HANDLES))
      return
    case 6:
    case 7:
      table.close(handle)
      return
    case 8: {
      const object = table.get(handle)
      if (random(2) === 0) table.closeErrno(handle)
      object?.release()
      return
    }
    case 9:
      table.withObject(handle, () => {
        table.closeErrno(random(HANDLES))
      })
      return
    case 10:
      table.deepClone().dispose()
      return
    case 11: {
      const own = createSharedTable(memory, { capacity: 64 })
      own.insertAll([openCounted(memory, counts, random), openCounted(memory, counts, random)])
      own.dispose()
      return
    }
    case 12:
      table.reserve().cancel()
      return
    default: {
      const object = table.get(handle)
      if (object === undefined) return
      const open = openObjectOf(object)
      beginOperation(open)
      object.release()
      table.closeErrno(handle)
      endOperation(open)
    }
  }
}

function openCounted(memory: SharedMemory, counts: number, random: (below: number) => number) {
  const kind = countedKinds[random(2)]!
  const object = openShared(memory, kind, { own: [counts] })
  Atomics.add(memory.words, counts + OPENED, 1)
  return object
}

function endBy(way: 'exit' | 'throw'): void {
  if (way === 'exit') process.exit(3)
  throw new Error('nobody catches this')
}

function randomFrom(seed: number): (below: number) => number {
  let state = seed | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}
