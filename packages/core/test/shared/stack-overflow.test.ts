import { describe, expect, it } from 'vitest'
import { defineKind } from '@ht/core'
import { allocate, createSharedMemory, createSharedTable, free, openShared, SharedRing } from '@ht/core/shared'
import { H_LOCK, H_PAGES_USED, H_RECORDS_USED } from '../../src/shared/words/layout.js'
import { settleTurn } from '../../src/shared/thread/own-leftovers.js'
import { allLocks, heldBy } from './locks.js'

const kind = defineKind<null>({ name: 'test-plain', shared: { attach: () => null } })

function scene() {
  const memory = createSharedMemory({ bytes: 4 * 2 ** 20, objects: 1024, tables: 64, kinds: [kind] })
  const table = createSharedTable(memory, { capacity: 64 })
  const handle = table.insert(openShared(memory, kind))
  const at = allocate(memory, 4096, 'test')
  const ring = new SharedRing(memory, at)
  ring.begin(16_384, 'test')
  return { memory, table, handle, ring }
}

/** What is done once at each depth of the stack. */
const attempts: Record<string, (it: ReturnType<typeof scene>) => void> = {
  'pages taken and given back': ({ memory }) => {
    free(memory, allocate(memory, 1, 'test'))
  },
  'an object made and released': ({ memory }) => {
    openShared(memory, kind).release()
  },
  'a reference taken and released': ({ table, handle }) => {
    table.get(handle)?.release()
  },
  dup: ({ table, handle }) => {
    table.close(table.dup(handle))
  },
  dup2: ({ table, handle }) => {
    table.dup2(handle, 9)
  },
  setCloseOnExec: ({ table, handle }) => {
    table.setCloseOnExec(handle, true)
  },
  'a table made and ended': ({ memory }) => {
    createSharedTable(memory, { capacity: 8 }).dispose()
  },
  'a table copied': ({ table }) => {
    table.deepClone().dispose()
  },
  'bytes through a ring': ({ ring }) => {
    ring.add(new Uint8Array(300).subarray(1))
    ring.take(new Uint8Array(1000))
  },
  'a ring resized': ({ ring }) => {
    ring.resize(ring.capacity === 16_384 ? 32_768 : 16_384)
  },
}

/** Goes down to the end of the stack, and does something at each depth on the way back. */
function atEachDepth(attempt: () => void): void {
  try {
    atEachDepth(attempt)
  } catch {
    // The end of the stack.
  }
  attempt()
}

describe('the end of the stack, met in the middle of', () => {
  it.each(Object.entries(attempts))('%s: no lock stays taken', (_, attempt) => {
    const given = scene()
    const { memory } = given
    let overflows = 0
    let left = 0
    const tolerant = () => {
      try {
        attempt(given)
      } catch {
        // Looked at without a call, for which there might be no room: the next attempt would put it right.
        overflows++
        left += memory.locksHeld
      }
    }
    for (let warm = 0; warm < 200; warm++) tolerant()
    for (let round = 0; round < 3; round++) {
      try {
        atEachDepth(tolerant)
      } catch {
        // At the very end not even what catches it has room.
      }
      expect(left).toBe(0)
      expect(memory.locksHeld).toBe(0)
      expect(allLocks(memory).filter((lock) => heldBy(memory, lock) >= 0)).toEqual([])
    }
    expect(overflows).toBeGreaterThan(0)
    // All goes on as if nothing had been.
    const [pages, records] = [memory.words[H_PAGES_USED], memory.words[H_RECORDS_USED]]
    for (let again = 0; again < 10; again++) attempt(given)
    expect([memory.words[H_PAGES_USED], memory.words[H_RECORDS_USED]]).toEqual([pages, records])
  })
})

describe('a lock that no frame holds any more', () => {
  it('is put right by its holder when it takes the lock again', () => {
    const { memory } = scene()
    const { words, self } = memory
    // As a frame leaves it that was cut off: taken, listed, and not given up.
    words[H_LOCK] = self
    words[memory.locksAt] = H_LOCK
    memory.locksHeld = 1
    free(memory, allocate(memory, 1, 'test'))
    expect(words[H_LOCK]).toBe(0)
    expect(memory.locksHeld).toBe(0)
  })

  it('is put right at the begin of a turn, with borrows that nobody has', () => {
    const { memory, table } = scene()
    const lock = allLocks(memory)[1]!
    memory.words[lock] = memory.self
    memory.words[memory.locksAt] = lock
    memory.locksHeld = 1
    settleTurn(memory)
    expect(memory.words[lock]).toBe(0)
    expect(memory.locksHeld).toBe(0)
    expect(table.dup(0)).toBe(1)
  })
})
