import { describe, expect, it } from 'vitest'
import { defineKind, isHandleError, type HandleTable, type HandleType } from '@ht/core'
import {
  admitWorker,
  allocate,
  createAccount,
  createSharedMemory,
  createSharedTable,
  free,
  leaveMemory,
  openShared,
  own,
  share,
  type AccountLimits,
  type MemoryAccount,
  type SharedMemory,
} from '@ht/core/shared'
import { Blocks } from '../../src/shared/calls/blocks.js'
import { expectThread, joinMemory } from '../../src/shared/thread/attach-memory.js'
import { DEAD, H_LOCK, HEADER_WORDS, PAGE_BYTES, T_ACCOUNT, T_STATE, THREAD_WORDS } from '../../src/shared/words/layout.js'
import { acquire } from '../../src/shared/words/lock.js'
import { intern } from '../../src/shared/words/interned-texts.js'
import { cleanUp } from '../../src/shared/thread/repair.js'
import { attachSlots } from '../../src/shared/table/shared-table.js'
import { ownerOf } from '../../src/table/handle-table.js'

const kind = defineKind<null>({ name: 'test-account', shared: { attach: () => null } })
const kinds = [kind]
const NOTHING = { bytes: 0, objects: 0, tables: 0, nameBytes: 0 }

function small(): SharedMemory {
  return createSharedMemory({ bytes: 2 ** 20, objects: 32, tables: 16, threads: 8, kinds })
}

/** One more thread, which is this one, charged to an account. */
function join(memory: SharedMemory, account?: MemoryAccount): SharedMemory {
  const other = joinMemory(memory.source, memory.words, undefined, { kinds })
  if (account !== undefined) memory.words[other.threadAt + T_ACCOUNT] = account.number
  return other
}

/** Does something until it fails: what all the times before gave, and the error. */
function untilRefused<T>(make: (i: number) => T): { made: T[]; error: string } {
  const made: T[] = []
  for (;;) {
    try {
      made.push(make(made.length))
    } catch (error) {
      if (!isHandleError(error) || error.code !== 'ENOMEM') throw error
      return { made, error: error.message }
    }
  }
}

const makeTable = (memory: SharedMemory): HandleTable => createSharedTable(memory, { capacity: 8 })
const setRole = (table: HandleTable, role: string) => {
  table.updateMetadata(0, { handleType: role as HandleType })
}

describe('an account', () => {
  const limits: Required<AccountLimits> = { bytes: 10 * PAGE_BYTES, objects: 7, tables: 2, nameBytes: 100 }

  it('bounds the pages, objects, tables and names of its threads together: ENOMEM names the limit, and others go on', () => {
    const memory = small()
    const account = createAccount(memory, limits)
    const [first, second, other] = [join(memory, account), join(memory, account), join(memory, createAccount(memory))] as const
    const objects = untilRefused((i) => openShared(i % 2 ? first : second, kind))
    expect(objects.made.length).toBe(7)
    expect(objects.error).toContain('limit reached: 7 open objects')
    const tables = untilRefused((i) => makeTable(i % 2 ? first : second))
    expect(tables.made.length).toBe(2)
    expect(tables.error).toContain('limit reached: 2 tables')
    const before = account.used.bytes
    const pages = untilRefused((i) => allocate(i % 2 ? first : second, 1, 'test'))
    expect(before + pages.made.length * PAGE_BYTES).toBe(limits.bytes)
    expect(pages.error).toContain('limit reached: 40960 bytes of pages')
    expect(() => allocate(first, 2 * PAGE_BYTES, 'test')).toThrow('limit reached')
    const names = untilRefused((i) => intern(i % 2 ? first : second, `name ${String(i)}`))
    expect(names.made.length).toBe(8)
    expect(names.error).toContain('limit reached: 100 bytes of names')
    // What is there already needs no room.
    expect(intern(first, 'name 3')).toBe(names.made[3])
    expect(account.used).toEqual({ bytes: 40960, objects: 7, tables: 2, nameBytes: 96 })
    for (const thread of [memory, other]) {
      openShared(thread, kind).release()
      makeTable(thread).dispose()
      free(thread, allocate(thread, 3 * PAGE_BYTES, 'test'))
      intern(thread, `of ${String(thread.thread)}`)
    }
    expect(account.used).toEqual({ bytes: 40960, objects: 7, tables: 2, nameBytes: 96 })
  })

  it('has back what was charged to it, whichever thread gives it back', () => {
    const memory = small()
    const account = createAccount(memory, limits)
    const thread = join(memory, account)
    for (let round = 0; round < 3; round++) {
      const table = makeTable(thread)
      const there = ownerOf(attachSlots(memory, share(table), {}))
      const { made } = untilRefused(() => table.insert(openShared(thread, kind)))
      const { made: pages } = untilRefused(() => allocate(thread, 1, 'test'))
      expect(made.length).toBe(limits.objects)
      table.dispose()
      there.dispose()
      for (const page of pages) free(memory, page)
      expect(account.used).toEqual(NOTHING)
    }
  })

  it('is as before when its threads have died and what they made is closed', () => {
    const memory = small()
    const account = createAccount(memory, limits)
    const table = createSharedTable(memory)
    const thread = join(memory, account)
    const there = ownerOf(attachSlots(thread, share(table), {}))
    const kept = there.insert(openShared(thread, kind))
    untilRefused(() => openShared(thread, kind))
    untilRefused(() => allocate(thread, 1, 'test'))
    const shared = join(memory, account)
    own(shared, allocate(memory, 1, 'test'))
    cleanUp(memory, thread.thread)
    expect(account.used).toEqual({ ...NOTHING, objects: 1 })
    table.close(kept)
    expect(account.used).toEqual(NOTHING)
  })

  it('is not charged with what another thread keeps for calls of its own, though that one executes a call for it', () => {
    const memory = createSharedMemory({ bytes: 2 ** 22, objects: 32, tables: 16, threads: 8, kinds })
    const [own, other] = [createAccount(memory), createAccount(memory)]
    const [home, caller] = [join(memory, own), join(memory, other)]
    const blocks = new Blocks(home)
    home.worksFor = caller.thread
    const kept = blocks.take(100, 'test')
    blocks.keep(kept)
    expect([own.used.bytes, other.used.bytes]).toEqual([68 * 1024, 0])
    expect(blocks.take(100, 'test')).toBe(kept)
    // One that is larger is given back behind the call.
    const large = blocks.take(100_000, 'test')
    expect(other.used.bytes).toBe(100 * 1024)
    blocks.keep(large)
    expect(other.used.bytes).toBe(0)
    expect(home.worksFor).toBe(caller.thread)
  })

  it('that has no room for what is kept pays nothing: a call makes do with less, on the account of its caller', () => {
    const memory = createSharedMemory({ bytes: 2 ** 22, objects: 32, tables: 16, threads: 8, kinds })
    const [own, other] = [createAccount(memory, { bytes: PAGE_BYTES }), createAccount(memory)]
    const [home, caller] = [join(memory, own), join(memory, other)]
    const blocks = new Blocks(home)
    home.worksFor = caller.thread
    for (const [size, bytes] of [
      [100, PAGE_BYTES],
      [67_000, 68 * 1024],
    ] as const) {
      const block = blocks.take(size, 'test')
      expect([own.used.bytes, other.used.bytes]).toEqual([0, bytes])
      blocks.keep(block)
      expect(other.used.bytes).toBe(0)
    }
    home.worksFor = home.thread
    expect(() => blocks.take(67_000, 'test')).toThrow('limit reached: 4096 bytes of pages')
    expect(home.worksFor).toBe(home.thread)
  })

  it('is counted anew where a thread died with the lock, which may have changed half of it', () => {
    const memory = small()
    const account = createAccount(memory, limits)
    const thread = join(memory, account)
    const table = makeTable(thread)
    const there = ownerOf(attachSlots(memory, share(table), {}))
    there.insert(openShared(thread, kind))
    openShared(thread, kind)
    allocate(thread, 3 * PAGE_BYTES, 'test')
    acquire(thread, H_LOCK)
    memory.words.fill(77, memory.accountsAt + account.number * 16 + 4, memory.accountsAt + account.number * 16 + 7)
    cleanUp(memory, thread.thread)
    expect(account.used).toMatchObject({ objects: 1, tables: 1 })
    there.dispose()
    expect(account.used).toMatchObject({ bytes: 0, objects: 0, tables: 0 })
  })

  it('may have half of the pages, objects and tables, and an eighth of the names, if nothing is said', () => {
    const memory = small()
    const account = createAccount(memory)
    const thread = join(memory, account)
    expect(untilRefused(() => openShared(thread, kind)).made.length).toBe(16)
    expect(untilRefused(() => makeTable(thread)).made.length).toBe(8)
    untilRefused(() => allocate(thread, 1, 'test'))
    expect(account.used.bytes).toBe((memory.pages >> 1) * PAGE_BYTES)
    untilRefused((i) => intern(thread, `n${String(i)}`))
    expect(account.used.nameBytes).toBeGreaterThan(8000)
    expect(account.used.nameBytes).toBeLessThanOrEqual((memory.nameWords / 8) * 4)
  })

  it('leaves the last of everything to threads without one', () => {
    const memory = small()
    const account = createAccount(memory, { bytes: 1e9, objects: 1e9, tables: 1e9, nameBytes: 1e9 })
    const thread = join(memory, account)
    const objects = untilRefused(() => openShared(thread, kind))
    const tables = untilRefused(() => makeTable(thread))
    const pages = untilRefused(() => allocate(thread, 1, 'test'))
    const names = untilRefused((i) => intern(thread, `n${String(i)}`))
    // Nothing of what is kept back counts as free.
    expect(pages.error).toContain('1 bytes wanted in one piece, 0 free in all')
    for (const { error } of [objects, tables, pages, names]) expect(error).toContain('shared memory is full')
    expect(objects.made.length).toBe(30)
    expect(tables.made.length).toBe(15)
    expect(untilRefused(() => openShared(memory, kind)).made.length).toBe(2)
    expect(untilRefused((i) => intern(memory, `o${String(i)}`)).made.length).toBeGreaterThan(1000)
    createSharedTable(memory).dispose()
  })

  it('refuses the role of a handle for whose name there is no room, and the handle keeps its own', () => {
    const memory = small()
    const thread = join(memory, createAccount(memory, { nameBytes: 64 }))
    const table = makeTable(thread)
    table.insert(openShared(thread, kind))
    setRole(table, 'test-short')
    expect(() => {
      setRole(table, 'x'.repeat(100))
    }).toThrow('limit reached: 64 bytes of names')
    expect(() => table.insertWithMetadata(openShared(thread, kind), { handleType: 'y'.repeat(100) as HandleType })).toThrow(
      'ENOMEM',
    )
    expect(table.getMetadata(0)?.handleType).toBe('test-short')
    expect(table.activeHandles()).toEqual([0])
  })

  it('that is closed leaves what is charged to it to nobody, and its number to another one', () => {
    const memory = small()
    const account = createAccount(memory, limits)
    const thread = join(memory, account)
    const table = makeTable(thread)
    const there = ownerOf(attachSlots(memory, share(table), {}))
    there.insert(openShared(thread, kind))
    account.close()
    account.close()
    expect(account.isOpen).toBe(false)
    expect(account.used).toEqual(NOTHING)
    const next = createAccount(memory, limits)
    expect(next.number).toBe(account.number)
    table.dispose()
    there.dispose()
    expect(next.used).toEqual(NOTHING)
    // The thread has none any more.
    openShared(thread, kind)
    expect(next.used).toEqual(NOTHING)
  })

  it('ends with the thread that made it', () => {
    const memory = small()
    const maker = join(memory)
    const account = createAccount(maker)
    const thread = join(memory, account)
    openShared(thread, kind)
    cleanUp(memory, maker.thread)
    const next = createAccount(memory)
    expect(next.number).toBe(account.number)
    expect(next.used).toEqual(NOTHING)
  })

  it('is given to no thread that takes the number later', () => {
    const memory = small()
    const account = createAccount(memory)
    const thread = join(memory, account)
    memory.words[thread.threadAt + T_STATE] = DEAD
    cleanUp(memory, thread.thread)
    const again = expectThread(memory)
    expect(again).toBe(thread.thread)
    expect(memory.words[HEADER_WORDS + again * THREAD_WORDS + T_ACCOUNT]).toBe(0)
  })

  it('is refused where it is wrong, closed, or one too many', () => {
    const memory = small()
    expect(() => createAccount({} as never)).toThrow('memory must be')
    expect(() => createAccount(memory, null as never)).toThrow('limits must be an object')
    expect(() => createAccount(memory, { objects: -1 })).toThrow('limits.objects must be an integer from 0')
    expect(() => createAccount(memory, { bytes: 1.5 })).toThrow('limits.bytes')
    const admitted = admitWorker(memory, { threadId: 1, once: () => undefined })
    const account = createAccount(memory)
    expect(() => {
      admitted.charge(createAccount(small()))
    }).toThrow('account must be one of this memory')
    expect(() => {
      admitted.charge({} as never)
    }).toThrow('account must be one of this memory')
    admitted.charge(account)
    expect(memory.words[HEADER_WORDS + admitted.thread * THREAD_WORDS + T_ACCOUNT]).toBe(account.number)
    account.close()
    expect(() => {
      admitted.charge(account)
    }).toThrow('EBADF')
    for (let i = 1; i < memory.threadLimit; i++) createAccount(memory)
    expect(() => createAccount(memory)).toThrow('EAGAIN')
    leaveMemory(memory)
    expect(() => createAccount(memory)).toThrow('EBADF')
  })
})
