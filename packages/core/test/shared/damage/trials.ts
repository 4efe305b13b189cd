import { defineKind, isHandleError, type HandleType } from '@ht/core'
import {
  allocate,
  createSharedMemory,
  createSharedTable,
  free,
  leaveMemory,
  openShared,
  own,
  share,
  SharedRing,
  type SharedMemory,
} from '@ht/core/shared'
import { joinMemory } from '../../../src/shared/thread/attach-memory.js'
import { FREE, H_THREADS, T_STATE } from '../../../src/shared/words/layout.js'
import { cleanUp } from '../../../src/shared/thread/repair.js'
import { attachSlots } from '../../../src/shared/table/shared-table.js'
import { ownerOf } from '../../../src/table/handle-table.js'

/*
 * A process that overwrites words of a memory and goes on with it: `node trials.mjs first count`. It says the number of
 * each trial when it begins, and of each error that is neither ours nor a RangeError.
 */

const kind = defineKind<null>({ name: 'test-plain', shared: { attach: () => null }, dropHolder: () => undefined })
const privately = defineKind<null>({ name: 'test-private' })

const [first = 0, count = 1] = process.argv.slice(2).map(Number)
for (let seed = first; seed < first + count; seed++) {
  console.log(`trial ${String(seed)}`)
  await trial(seed, randomFrom(seed))
}
console.log('done')
// Timers of what was put off have nothing more to do.
process.exit()

async function trial(seed: number, random: (below: number) => number): Promise<void> {
  const memory = createSharedMemory({ bytes: 2 ** 20, objects: 64, tables: 8, kinds: [kind] })
  memory.lockPatience.most = 1
  memory.callPatience.most = 1
  const other = joinMemory(memory.source, memory.words, undefined, { kinds: [kind] })
  const table = createSharedTable(memory, { capacity: 64 })
  table.insertAll([openShared(memory, kind), openShared(memory, kind), privately.open(null)])
  const there = ownerOf(attachSlots(other, share(table), {}))
  there.dup(0)
  const page = allocate(memory, 4096, 'test')
  own(memory, page)
  const ring = new SharedRing(memory, page)
  ring.begin(4096, 'test')
  ring.add(new Uint8Array(100))
  const used = memory.firstPage + 8 * 1024
  for (let i = 0; i < 1 + random(8); i++) overwrite(memory, random, used)
  // What is known to have been a loop without end, and a crash, in each tenth.
  if (seed % 10 === 0) memory.words[memory.namesAt] = -4
  if (seed % 10 === 1) memory.words[H_THREADS] = 1_000_000
  if (seed % 10 < 2)
    tolerating(() => {
      operate(10)
    })
  for (let i = 0; i < 60; i++) {
    tolerating(() => {
      operate(random(13))
    })
  }
  memory.waits.ring(memory.thread)
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  tolerating(() => {
    cleanUp(memory, other.thread)
  })
  tolerating(() => {
    table.dispose()
  })
  tolerating(() => {
    leaveMemory(memory)
  })
  if (memory.attached) console.log('unexpected: it could not leave')
  else if (memory.words[memory.threadAt + T_STATE] !== FREE) console.log('unexpected: it left, and its number is not free')

  function operate(which: number): void {
    switch (which) {
      case 0:
        table.insert(openShared(memory, kind))
        break
      case 1:
        table.close(random(6))
        break
      case 2:
        table.dup(random(6))
        break
      case 3:
        table.dup2(random(6), random(9))
        break
      case 4:
        table.get(random(6))?.release()
        break
      case 5:
        table.deepClone().dispose()
        break
      case 6:
        free(memory, allocate(memory, 1 + random(9000), 'test'))
        break
      case 7:
        ring.add(new Uint8Array(random(5000)))
        break
      case 8:
        ring.take(new Uint8Array(random(5000)))
        break
      case 9:
        ring.resize(4096 << random(3))
        break
      case 10:
        table.insertWithMetadata(openShared(memory, kind), { handleType: `Role ${String(random(1000))}` as HandleType })
        break
      case 11:
        memory.waits.answerRing()
        break
      default:
        memory.waits.ringAll()
    }
  }
}

/** One word anywhere that is used, by a value of the sort that does harm. */
function overwrite({ words, namesAt, firstPage }: SharedMemory, random: (below: number) => number, used: number): void {
  const places = [random(used), random(4096), namesAt + random(64), firstPage + random(4096)]
  const at = places[random(4)]!
  const values = [0, 1, -1, -4, 2, 0x7fffffff, -0x80000000, 1_000_000, words[at]! + 1, random(used), random(0x7fffffff)]
  words[at] = values[random(values.length)]!
}

function tolerating(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (
      !isHandleError(error) &&
      !(error instanceof RangeError) &&
      !(error instanceof WebAssembly.RuntimeError) &&
      !(error instanceof AggregateError)
    ) {
      console.log(`unexpected: ${error instanceof Error ? String(error.stack) : String(error)}`)
    }
  }
}

function randomFrom(seed: number): (below: number) => number {
  let state = (seed + 1) * 2_654_435_761
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}
