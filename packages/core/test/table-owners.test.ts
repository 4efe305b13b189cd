import { describe, expect, it } from 'vitest'
import { HandleTable } from '../src/index.js'
import { codeThrown, counting, countingKind, plain } from './counting-kind.js'

describe('owners (CLONE_FILES)', () => {
  it('clone is another owner of the same table', () => {
    const table = new HandleTable()
    expect(table.isSoleOwner()).toBe(true)
    const other = table.clone()
    expect([table.isSoleOwner(), other.isSoleOwner()]).toEqual([false, false])
    const handle = other.insert(plain())
    expect(table.isValidHandle(handle)).toBe(true)
    table.close(handle)
    expect(other.isValidHandle(handle)).toBe(false)
    other.setLimit(0)
    expect(table.limit).toBe(0)
  })

  it('the last owner closes everything, each object once', () => {
    const table = new HandleTable()
    const { object, counts } = counting()
    table.dup(table.insert(object))
    const other = table.clone()
    table.dispose()
    expect(counts.drops).toBe(0)
    expect(other.isSoleOwner()).toBe(true)
    other.dispose()
    expect(counts).toEqual({ clones: 1, drops: 2, releases: 1 })
  })

  it('disposing one owner twice counts once', () => {
    const table = new HandleTable()
    const other = table.clone()
    table.dispose()
    table.dispose()
    expect(other.openCount()).toBe(0)
  })

  it('using disposes', () => {
    const { object, counts } = counting()
    {
      const table = new HandleTable()
      table.insert(object)
      table[Symbol.dispose]()
    }
    expect(counts.releases).toBe(1)
  })

  it('cloneFrom leaves its table, which closes if it was the last owner', () => {
    const table = new HandleTable()
    const { object, counts } = counting()
    table.insert(object)
    const source = new HandleTable()
    const handle = source.insert(plain())
    table.cloneFrom(source)
    expect(counts.releases).toBe(1)
    expect(table.isValidHandle(handle)).toBe(true)
    expect(source.isSoleOwner()).toBe(false)
    table.cloneFrom(source)
    table.cloneFrom(table)
    table.dispose()
    expect(source.isSoleOwner()).toBe(true)
  })

  it('cloneFrom refuses what is no table', () => {
    const table = new HandleTable()
    expect(
      codeThrown(() => {
        table.cloneFrom({} as never)
      }),
    ).toBe('EINVAL')
    const gone = new HandleTable()
    gone.dispose()
    expect(
      codeThrown(() => {
        table.cloneFrom(gone)
      }),
    ).toBe('EBADF')
    expect(table.isSoleOwner()).toBe(true)
  })

  it('a disposed owner refuses every call with EBADF', () => {
    const table = new HandleTable()
    const alive = table.clone()
    const handle = alive.insert(plain())
    table.dispose()
    const object = plain()
    const calls: Record<string, () => unknown> = {
      clone: () => table.clone(),
      cloneFrom: () => {
        table.cloneFrom(alive)
      },
      deepClone: () => table.deepClone(),
      isSoleOwner: () => table.isSoleOwner(),
      insert: () => table.insert(object),
      insertWithMetadata: () => table.insertWithMetadata(object, {}),
      insertAtOrAbove: () => table.insertAtOrAbove(3, object),
      insertAll: () => table.insertAll([object]),
      replace: () => table.replace(handle, object),
      reserve: () => table.reserve(),
      dup: () => table.dup(handle),
      dup2: () => table.dup2(handle, 4),
      dup2same: () => table.dup2(handle, handle),
      dup3: () => table.dup3(handle, 4),
      withObject: () => table.withObject(handle, () => 1),
      borrow: () => table.borrow(handle),
      foundAccess: () => table.foundAccess,
      foundCloseOnExec: () => table.foundCloseOnExec,
      accessBits: () => table.accessBits(handle),
      get: () => table.get(handle),
      cloneForDup: () => table.cloneForDup(handle),
      cloneWithMetadata: () => table.cloneWithMetadata(handle),
      remove: () => table.remove(handle),
      close: () => {
        table.close(handle)
      },
      closeAll: () => {
        table.closeAll()
      },
      closeRange: () => {
        table.closeRange(0, 3)
      },
      closeOnExec: () => {
        table.closeOnExec()
      },
      own: () => table.own(handle),
      getMetadata: () => table.getMetadata(handle),
      withMetadata: () => table.withMetadata(handle, () => 1),
      updateMetadata: () => {
        table.updateMetadata(handle, {})
      },
      narrowMetadata: () => {
        table.narrowMetadata(handle, {})
      },
      isCloseOnExec: () => table.isCloseOnExec(handle),
      setCloseOnExec: () => {
        table.setCloseOnExec(handle, true)
      },
      setCloseOnExecRange: () => {
        table.setCloseOnExecRange(0, 3)
      },
      capacity: () => table.capacity,
      limit: () => table.limit,
      setLimit: () => {
        table.setLimit(3)
      },
      openCount: () => table.openCount(),
      activeHandles: () => table.activeHandles(),
      isValidHandle: () => table.isValidHandle(handle),
      getObjectInfo: () => table.getObjectInfo(handle),
      forEachWithMetadata: () => {
        table.forEachWithMetadata(() => undefined)
      },
    }
    expect(Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, codeThrown(call)]))).toEqual(
      Object.fromEntries(Object.keys(calls).map((name) => [name, 'EBADF'])),
    )
    const members = Object.getOwnPropertyNames(HandleTable.prototype).filter(
      (name) => !/Errno$|^(constructor|dispose|owned|absent|withShared|dup2Of|closeOne|clearRange|changeMetadata)$/.test(name),
    )
    expect(members.filter((name) => !(name in calls))).toEqual([])
    expect([
      table.insertErrno(object),
      table.insertWithMetadataErrno(object, {}),
      table.insertAtOrAboveErrno(3, object),
      table.replaceErrno(handle, object),
      table.dupErrno(handle),
      table.dup2Errno(handle, 3),
      table.dup3Errno(handle, 3),
      table.closeErrno(handle),
      table.updateMetadataErrno(handle, {}),
    ]).toEqual(Array<number>(9).fill(-9))
    expect(object.isLive).toBe(true)
  })
})

describe('deepClone (fork)', () => {
  it('copies handles and metadata, and shares open objects', () => {
    const table = new HandleTable({ capacity: 64, limit: 32 })
    const { object, counts } = counting()
    const handle = table.insertWithMetadata(object, { handleType: 'LogOutput', specialSemantics: ['CloseOnExec'] })
    table.replace(7, plain())
    const child = table.deepClone()
    expect(child.activeHandles()).toEqual([0, 7])
    expect(child.getMetadata(handle)).toEqual(table.getMetadata(handle))
    expect(child.getObjectInfo(handle)?.id).toBe(table.getObjectInfo(handle)?.id)
    expect([child.capacity, child.limit, child.isSoleOwner()]).toEqual([64, 32, true])
    expect(counts.clones).toBe(1)
    child.close(handle)
    expect(table.isValidHandle(handle)).toBe(true)
    expect(child.insert(plain())).toBe(0)
    expect(table.insert(plain())).toBe(1)
    table.close(handle)
    expect(counts).toEqual({ clones: 1, drops: 2, releases: 1 })
  })

  it('is undone when a hook throws half way', () => {
    const table = new HandleTable()
    const good = [counting(), counting()]
    let refuse = true
    const bad = counting(
      countingKind({
        clone: () => {
          if (refuse) throw new Error('half way')
        },
      }),
    )
    table.insertAll([good[0]!.object, bad.object, good[1]!.object, plain()])
    expect(() => table.deepClone()).toThrow('half way')
    for (const handle of table.activeHandles()) {
      expect(table.getObjectInfo(handle)).toMatchObject({ holders: 1, references: 1 })
    }
    expect(good.map(({ counts }) => counts)).toEqual([
      { clones: 1, drops: 1, releases: 0 },
      { clones: 0, drops: 0, releases: 0 },
    ])
    refuse = false
    table.deepClone().dispose()
    table.dispose()
    expect(bad.counts).toEqual({ clones: 1, drops: 2, releases: 1 })
  })

  it('copies what was open when it began, though a hook closes it meanwhile', () => {
    const table = new HandleTable()
    const { object, counts } = counting(
      countingKind({
        clone: () => {
          table.closeAll()
        },
      }),
    )
    const other = counting()
    table.insert(object)
    table.insert(other.object)
    const child = table.deepClone()
    expect(table.openCount()).toBe(0)
    expect(child.activeHandles()).toEqual([0, 1])
    expect([counts.releases, other.counts.releases]).toEqual([0, 0])
    child.dispose()
    expect(counts).toEqual({ clones: 1, drops: 2, releases: 1 })
    expect(other.counts).toEqual({ clones: 1, drops: 2, releases: 1 })
  })
})
