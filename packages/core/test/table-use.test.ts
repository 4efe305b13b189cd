import { describe, expect, it } from 'vitest'
import {
  APPEND,
  beginOperation,
  createRegistry,
  defineKind,
  endBorrow,
  endOperation,
  HandleTable,
  openObjectOf,
  READABLE,
  sameObject,
  StreamOps,
  type BorrowedObject,
} from '../src/index.js'
import { codeThrown, counting, countingKind, plain, plainKind } from './counting-kind.js'

describe('withObject', () => {
  it('lends the object and returns what the callback returns', () => {
    const table = new HandleTable()
    const handle = table.insert(counting().object)
    expect(table.withObject(handle, (object) => object.as(StreamOps)?.read(new Uint8Array(1)))).toBe(0)
    expect(table.withObject(9, () => 1)).toBe(undefined)
  })

  it('allocates nothing: each borrow lends the same view', () => {
    const table = new HandleTable()
    const handle = table.insert(plain())
    const first = table.withObject(handle, (object) => [object])?.[0]
    expect(table.withObject(handle, (object) => object === first)).toBe(true)
  })

  it('the object outlives a close of its own handle until the callback returns', () => {
    const table = new HandleTable()
    const { object, counts } = counting()
    const handle = table.insert(object)
    table.withObject(handle, (lent) => {
      table.close(handle)
      expect(table.isValidHandle(handle)).toBe(false)
      expect(counts).toEqual({ clones: 0, drops: 1, releases: 0 })
      expect(lent.as(StreamOps)?.read(new Uint8Array(1))).toBe(0)
      table.withObject(handle, () => expect.unreachable())
    })
    expect(counts.releases).toBe(1)
  })

  it('nested borrows end one by one', () => {
    const table = new HandleTable()
    const { object, counts } = counting()
    const handle = table.insert(object)
    table.withObject(handle, (outer) => {
      table.withObject(handle, () => {
        table.closeAll()
      })
      expect(counts.releases).toBe(0)
      expect(outer.kindName).toBe('test-counting')
    })
    expect(counts.releases).toBe(1)
  })

  it('the view can’t be used after the callback, and can in a later one', () => {
    const table = new HandleTable()
    const handle = table.insert(counting().object)
    let kept: BorrowedObject | undefined
    table.withObject(handle, (object) => {
      kept = object
    })
    const stream = table.withObject(handle, (object) => object.as(StreamOps)!)!
    expect(codeThrown(() => kept!.kindName)).toBe('EBADF')
    expect(codeThrown(() => kept!.as(StreamOps)!.read(new Uint8Array(1)))).toBe('EBADF')
    expect(codeThrown(() => stream.read(new Uint8Array(1)))).toBe('EBADF')
    expect(table.withObject(handle, () => kept!.kindName)).toBe('test-counting')
  })

  it('passes on what the callback throws, and the borrow ends', () => {
    const table = new HandleTable()
    const { object, counts } = counting()
    const handle = table.insert(object)
    expect(() =>
      table.withObject(handle, () => {
        table.close(handle)
        throw new Error('mine')
      }),
    ).toThrow('mine')
    expect(counts.releases).toBe(1)
  })

  it('refuses a callback that returns a promise, and one that is no function', () => {
    const table = new HandleTable()
    const handle = table.insert(plain())
    expect(codeThrown(() => table.withObject(handle, () => Promise.reject(new Error('never seen'))))).toBe('EINVAL')
    expect(codeThrown(() => table.withObject(handle, 3 as never))).toBe('EINVAL')
    expect(codeThrown(() => table.withMetadata(handle, async () => Promise.resolve()))).toBe('EINVAL')
    table.close(handle)
  })

  it('the callback may write to the same table, and end it', () => {
    const table = new HandleTable()
    const { object, counts } = counting()
    const handle = table.insert(object)
    table.withObject(handle, () => {
      table.insert(plain())
      table.dup2(1, handle)
      table.dispose()
      expect(counts.releases).toBe(0)
    })
    expect(counts.releases).toBe(1)
    expect(codeThrown(() => table.openCount())).toBe('EBADF')
  })
})

describe('borrow', () => {
  it('lends the open object until endBorrow', () => {
    const table = new HandleTable()
    const { object, counts } = counting()
    const handle = table.insert(object)
    const open = table.borrow(handle)!
    table.close(handle)
    expect(counts.releases).toBe(0)
    endBorrow(open)
    expect(counts.releases).toBe(1)
    expect(table.borrow(handle)).toBe(undefined)
  })

  it('accessBits is the handle’s mode, and 0 where none is open', () => {
    const table = new HandleTable()
    const handle = table.insertWithMetadata(plain(), { accessMode: 'ReadOnly' })
    expect(table.accessBits(handle)).toBe(READABLE)
    expect(table.accessBits(handle + 1)).toBe(0)
  })
})

describe('references', () => {
  it('get gives a reference of its own, without a dup', () => {
    const table = new HandleTable()
    const { object, counts } = counting()
    const handle = table.insert(object)
    const reference = table.get(handle)!
    expect(table.getObjectInfo(handle)).toMatchObject({ holders: 1, references: 2 })
    table.close(handle)
    expect(counts).toEqual({ clones: 0, drops: 1, releases: 0 })
    expect(reference.as(StreamOps)?.read(new Uint8Array(1))).toBe(0)
    reference.release()
    expect(counts).toEqual({ clones: 0, drops: 1, releases: 1 })
  })

  it('releasing one twice does nothing', () => {
    const table = new HandleTable()
    const { object, counts } = counting()
    const handle = table.insert(object)
    const reference = table.get(handle)!
    reference.release()
    reference.release()
    reference[Symbol.dispose]()
    expect(table.getObjectInfo(handle)?.references).toBe(1)
    expect(codeThrown(() => reference.kindName)).toBe('EBADF')
    expect(counts.releases).toBe(0)
  })

  it('insert takes the reference over: the caller’s release does nothing then', () => {
    const table = new HandleTable()
    const { object, counts } = counting()
    const handle = table.insert(object)
    expect(object.isLive).toBe(false)
    object.release()
    expect(counts.releases).toBe(0)
    expect(codeThrown(() => table.insert(object))).toBe('EBADF')
    expect(table.insertErrno(object)).toBe(-9)
    expect(table.isValidHandle(handle)).toBe(true)
  })

  it('inserting what get gave makes a holder: the hook runs, and closing both drops both', () => {
    const table = new HandleTable()
    const { object, counts } = counting()
    const first = table.insert(object)
    const second = table.insert(table.get(first)!)
    expect(counts.clones).toBe(1)
    expect(table.getObjectInfo(second)).toMatchObject({ holders: 2, references: 2 })
    table.close(first)
    table.close(second)
    expect(counts).toEqual({ clones: 1, drops: 2, releases: 1 })
  })

  it('what get gave stays a plain reference when its placement fails', () => {
    const table = new HandleTable({ capacity: 1 })
    const { object, counts } = counting()
    table.insert(object)
    const reference = table.get(0)!
    expect(table.insertErrno(reference)).toBe(-24)
    expect(codeThrown(() => table.insertAll([reference]))).toBe('EMFILE')
    expect(counts).toEqual({ clones: 2, drops: 2, releases: 0 })
    expect(table.getObjectInfo(0)).toMatchObject({ holders: 1, references: 2 })
    reference.release()
    table.close(0)
    expect(counts).toEqual({ clones: 2, drops: 3, releases: 1 })
  })

  it('cloneForDup counts a holder, which goes with its release or is placed', () => {
    const table = new HandleTable()
    const { object, counts } = counting()
    const handle = table.insert(object)
    const copy = table.cloneForDup(handle)!
    const second = table.cloneForDup(handle)!
    expect(table.getObjectInfo(handle)).toMatchObject({ holders: 3, references: 3 })
    copy.release()
    table.insert(second)
    expect(counts).toEqual({ clones: 2, drops: 1, releases: 0 })
  })

  it('remove frees the number and gives the object to the caller', () => {
    const table = new HandleTable()
    const { object, counts } = counting()
    const handle = table.insert(object)
    const removed = table.remove(handle)!
    expect(table.isValidHandle(handle)).toBe(false)
    expect(table.remove(handle)).toBe(undefined)
    expect(counts.drops).toBe(0)
    expect(table.insert(removed)).toBe(handle)
    table.remove(handle)!.release()
    expect(counts).toEqual({ clones: 0, drops: 1, releases: 1 })
  })

  it('sameObject tells open objects apart', () => {
    const table = new HandleTable()
    table.insertAll([plain(), plain()])
    table.dup(0)
    expect(sameObject(table.get(0)!, table.get(2)!)).toBe(true)
    expect(sameObject(table.get(0)!, table.get(1)!)).toBe(false)
    expect(codeThrown(() => sameObject({} as never, table.get(0)!))).toBe('EINVAL')
  })
})

describe('an operation that waits', () => {
  it('holds the object, and holders that go meanwhile are told when it ends', () => {
    const table = new HandleTable()
    const { object, counts } = counting()
    const open = openObjectOf(object)
    const handle = table.insert(object)
    beginOperation(open)
    table.close(handle)
    expect(counts).toEqual({ clones: 0, drops: 0, releases: 0 })
    endOperation(open)
    expect(counts).toEqual({ clones: 0, drops: 1, releases: 1 })
  })
})

describe('closing', () => {
  it('frees the number first, then releases; a release may use the table', () => {
    const table = new HandleTable()
    const seen: unknown[] = []
    const { object } = counting(
      countingKind({
        release: () => {
          seen.push(table.openCount(), table.insert(plain()))
        },
      }),
    )
    table.insert(object)
    table.close(0)
    expect(seen).toEqual([0, 0])
  })

  it('close of a closed handle is EBADF', () => {
    const table = new HandleTable()
    table.close(table.insert(plain()))
    expect(
      codeThrown(() => {
        table.close(0)
      }),
    ).toBe('EBADF')
    expect(table.closeErrno(0)).toBe(-9)
  })

  it('an error of a hook is passed on when the handle has been closed', () => {
    const table = new HandleTable()
    const fail = () => {
      throw new Error('late')
    }
    const first = counting(countingKind({ drop: fail }))
    const second = counting(countingKind({ release: fail }))
    table.insertAll([first.object, second.object])
    expect(() => {
      table.close(0)
    }).toThrow('late')
    expect(first.counts.releases).toBe(1)
    expect(table.activeHandles()).toEqual([1])
    expect(() => {
      table.closeAll()
    }).toThrow('late')
    expect(table.openCount()).toBe(0)
  })

  it('closeAll closes all though hooks throw, and reports all that they threw', () => {
    const table = new HandleTable()
    const objects = [1, 2, 3].map((n) =>
      counting(
        countingKind({
          release: () => {
            throw new Error(String(n))
          },
        }),
      ),
    )
    table.insertAll(objects.map(({ object }) => object))
    try {
      table.closeAll()
      expect.unreachable()
    } catch (error) {
      expect((error as AggregateError).errors.map(({ message }: Error) => message)).toEqual(['1', '2', '3'])
    }
    expect(objects.map(({ counts }) => counts.releases)).toEqual([1, 1, 1])
  })

  it('closeRange closes what is open there and ignores errors of closing', () => {
    const table = new HandleTable()
    const bad = counting(
      countingKind({
        release: () => {
          throw new Error('ignored')
        },
      }),
    )
    table.insertAll([plain(), bad.object, plain(), plain()])
    table.closeRange(1, 2)
    expect(table.activeHandles()).toEqual([0, 3])
    table.closeRange(100, 4_294_967_295)
    table.closeRange(3, Infinity)
    expect(table.activeHandles()).toEqual([0])
    for (const [first, last] of [
      [2, 1],
      [-1, 3],
      [0.5, 1],
      [0, NaN],
      ['0', 1],
    ] as [number, number][]) {
      expect(
        codeThrown(() => {
          table.closeRange(first, last)
        }),
      ).toBe('EINVAL')
      expect(
        codeThrown(() => {
          table.setCloseOnExecRange(first, last)
        }),
      ).toBe('EINVAL')
    }
  })

  it('closeOnExec closes what is marked, and setCloseOnExecRange marks what is open', () => {
    const table = new HandleTable()
    table.insertAll([plain(), plain(), plain(), plain()])
    table.setCloseOnExecRange(1, 2)
    table.setCloseOnExec(2, false)
    table.setCloseOnExecRange(10, 20)
    table.closeOnExec()
    expect(table.activeHandles()).toEqual([0, 2, 3])
    expect(
      codeThrown(() => {
        table.setCloseOnExec(1, true)
      }),
    ).toBe('EBADF')
  })

  it('an owned handle closes once, and never a stranger that got its number', () => {
    const table = new HandleTable()
    const handle = table.insert(plain())
    const owned = table.own(handle)!
    expect(owned.isOpen).toBe(true)
    table.close(handle)
    table.insert(plain('stranger'))
    expect(owned.isOpen).toBe(false)
    owned.close()
    expect(table.isValidHandle(handle)).toBe(true)
    const second = table.own(handle)!
    second[Symbol.dispose]()
    second.close()
    expect(table.isValidHandle(handle)).toBe(false)
    expect(table.own(handle)).toBe(undefined)
  })
})

describe('walking', () => {
  it('forEachWithMetadata walks ascending, and passes over what was closed meanwhile', () => {
    const table = new HandleTable()
    table.insertAll([plain(), plain(), plain()])
    const seen: unknown[] = []
    table.forEachWithMetadata((handle, object, metadata) => {
      seen.push([handle, object.kindName, metadata.handleType])
      table.closeErrno(1)
      table.insertErrno(plain())
    })
    expect(seen.map((row) => (row as unknown[])[0])).toEqual([0, 1, 2])
    table.closeAll()
    table.insertAll([plain(), plain(), plain()])
    const handles: number[] = []
    table.forEachWithMetadata((handle) => {
      handles.push(handle)
      table.closeErrno(handle + 1)
    })
    expect(handles).toEqual([0, 2])
  })
})

describe('metadata', () => {
  const pair = defineKind<null>({ name: 'test-reader', inferMetadata: () => ({ handleType: 'IpcChannel' }) })

  it('is inferred by the kind, within the object’s mode', () => {
    const table = new HandleTable()
    expect(table.getMetadata(table.insert(pair.open(null, { accessMode: 'ReadOnly' })))).toEqual({
      handleType: 'IpcChannel',
      accessMode: 'ReadOnly',
      specialSemantics: [],
    })
    expect(table.getMetadata(table.insert(plain()))?.handleType).toBe('Regular')
  })

  it('is a copy', () => {
    const table = new HandleTable()
    const handle = table.insert(plain())
    table.getMetadata(handle)!.accessMode = 'WriteOnly'
    table.withMetadata(handle, (metadata) => metadata.specialSemantics.push('Append'))
    expect(table.getMetadata(handle)).toEqual({ handleType: 'Regular', accessMode: 'ReadWrite', specialSemantics: [] })
  })

  it('given at insertion adds status flags and takes none away', () => {
    const table = new HandleTable()
    const object = plainKind.open('', { status: APPEND })
    const handle = table.insertWithMetadata(object, { specialSemantics: ['NonBlocking', 'CloseOnExec'] })
    expect(table.getMetadata(handle)?.specialSemantics).toEqual(['CloseOnExec', 'NonBlocking', 'Append'])
  })

  it('an update replaces what it names and leaves the rest', () => {
    const table = new HandleTable()
    const handle = table.insertWithMetadata(plain(), { specialSemantics: ['CloseOnExec', 'Sync'] })
    table.updateMetadata(handle, { handleType: 'LogOutput' })
    expect(table.getMetadata(handle)?.specialSemantics).toEqual(['CloseOnExec', 'Sync'])
    table.updateMetadata(handle, { accessMode: 'WriteOnly', specialSemantics: ['Append'] })
    expect(table.getMetadata(handle)).toEqual({
      handleType: 'LogOutput',
      accessMode: 'WriteOnly',
      specialSemantics: ['Append'],
    })
  })

  it('an update outside of the table is "Invalid handle", of a free one "Handle does not exist"', () => {
    const table = new HandleTable({ capacity: 8 })
    for (const handle of [-1, 8, 1.5, NaN, Infinity]) {
      expect(() => {
        table.updateMetadata(handle, {})
      }).toThrow('Invalid handle')
    }
    expect(() => {
      table.updateMetadata(3, {})
    }).toThrow('Handle does not exist')
    expect(table.updateMetadataErrno(3, {})).toBe(-9)
  })

  it.each([
    [null, 'metadata'],
    ['text', 'metadata'],
    [{ handleType: '' }, 'metadata.handleType'],
    [{ handleType: 3 }, 'metadata.handleType'],
    [{ accessMode: 'Everything' }, 'metadata.accessMode'],
    [{ accessMode: 'ReadWrite' }, 'metadata.accessMode'],
    [{ specialSemantics: 'Append' }, 'metadata.specialSemantics'],
    [{ specialSemantics: ['Fast'] }, 'metadata.specialSemantics'],
  ])('%o is refused by EINVAL that names %s, and changes nothing', (metadata, field) => {
    const table = new HandleTable()
    const object = plainKind.open('', { accessMode: 'ReadOnly' })
    expect(() => table.insertWithMetadata(object, metadata as never)).toThrow(`EINVAL: ${field}`)
    expect(table.insertWithMetadataErrno(object, metadata as never)).toBe(-22)
    const handle = table.insert(object)
    const before = table.getMetadata(handle)
    expect(() => {
      table.updateMetadata(handle, metadata as never)
    }).toThrow(`EINVAL: ${field}`)
    expect(table.getMetadata(handle)).toEqual(before)
  })

  it('a role of a plugin’s own is kept, and reported as 0', () => {
    const table = new HandleTable()
    const handle = table.insertWithMetadata(plain(), { handleType: 'acme-audit' as never })
    expect(table.getObjectInfo(handle)).toMatchObject({ handleRole: 0, handleType: 'acme-audit' })
  })
})

describe('introspection', () => {
  it('reports type, capabilities, role and mode with the numbers that user space knows', () => {
    const table = new HandleTable()
    const kind = defineKind<null>({ name: 'test-file', type: 1, describe: () => 'a line' })
    const handle = table.insertWithMetadata(kind.open(null), { handleType: 'StandardInputOutput', accessMode: 'WriteOnly' })
    expect(table.getObjectInfo(handle)).toMatchObject({
      objectType: 1,
      kindName: 'test-file',
      capabilities: [],
      handleRole: 1,
      accessMode: 2,
      holders: 1,
      references: 1,
      description: 'a line',
    })
    const roles = ['IpcChannel', 'Regular', 'EventChannel', 'EventSubscription', 'ConfigFile', 'LogOutput'] as const
    expect(
      roles.map((handleType) => {
        table.updateMetadata(handle, { handleType })
        return table.getObjectInfo(handle)?.handleRole
      }),
    ).toEqual([2, 3, 4, 5, 6, 7])
    expect(table.getObjectInfo(table.insert(counting().object))).toMatchObject({ objectType: 0, capabilities: ['ht:stream'] })
  })
})

describe('kinds of a table', () => {
  it('a table with kinds takes only theirs, and says which', () => {
    const table = new HandleTable({ kinds: [plainKind] })
    expect(table.insert(plain())).toBe(0)
    const { object } = counting()
    expect(() => table.insert(object)).toThrow('kind test-counting is not registered with this table (it takes test-plain)')
    expect(object.isLive).toBe(true)
    const registry = createRegistry()
    const open = new HandleTable({ kinds: registry })
    expect(open.insertErrno(object)).toBe(-22)
    registry.register(countingKind())
    expect(open.insert(object)).toBe(0)
  })
})
