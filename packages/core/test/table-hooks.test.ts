import { describe, expect, it, vi } from 'vitest'
import {
  beginOperation,
  defineKind,
  endOperation,
  HandleTable,
  openObjectOf,
  type KernelObject,
  type Reservation,
} from '../src/index.js'
import { codeThrown, counting, countingKind, plain, plainKind } from './counting-kind.js'

/** A kind whose `inferMetadata` runs some code first. */
function inferring(code: () => void, released: string[] = []) {
  return defineKind<string>({
    name: 'test-inferring',
    inferMetadata() {
      code()
      return {}
    },
    release: ({ state }) => void released.push(state),
  })
}

describe('somebody else’s code in the middle of a placement', () => {
  it('may release the reference: then nothing is placed', () => {
    const table = new HandleTable()
    const released: string[] = []
    const object: KernelObject = inferring(() => {
      object.release()
    }, released).open('x')
    expect(codeThrown(() => table.insert(object))).toBe('EBADF')
    expect(table.openCount()).toBe(0)
    expect(released).toEqual(['x'])
  })

  it('may release it from a getter of the metadata', () => {
    const table = new HandleTable()
    for (const place of [
      (object: KernelObject, metadata: object) => table.insertWithMetadata(object, metadata),
      (object: KernelObject, metadata: object) => table.replace(3, object, metadata),
      (object: KernelObject, metadata: object) => table.reserve().fill(object, metadata),
      (object: KernelObject, metadata: object) => table.insertAll([object], metadata),
    ]) {
      const { object, counts } = counting()
      const metadata = {
        get handleType() {
          object.release()
          return 'Regular'
        },
      }
      expect(codeThrown(() => place(object, metadata))).toBe('EBADF')
      expect(counts).toEqual({ clones: 0, drops: 1, releases: 1 })
    }
    expect(table.openCount()).toBe(0)
  })

  it('may give it to another table: then it is there alone', () => {
    const table = new HandleTable()
    const other = new HandleTable()
    const released: string[] = []
    let again = true
    const object: KernelObject = inferring(() => {
      if (again) {
        again = false
        other.insert(object)
      }
    }, released).open('x')
    expect(codeThrown(() => table.insert(object))).toBe('EBADF')
    expect([table.openCount(), other.openCount()]).toEqual([0, 1])
    other.close(0)
    expect(released).toEqual(['x'])
  })

  it('may, in cloneForDup, close all other ways to the object', () => {
    const table = new HandleTable()
    const { object, counts } = counting(
      countingKind({
        clone: () => {
          table.closeErrno(0)
          reference.release()
        },
      }),
    )
    table.insert(object)
    const reference = table.get(0)!
    expect(codeThrown(() => table.insert(reference))).toBe('EBADF')
    expect(table.openCount()).toBe(0)
    expect(counts).toEqual({ clones: 1, drops: 2, releases: 1 })
  })

  it('in cloneForDup the object is held: a holder made then is alive', () => {
    const table = new HandleTable()
    const { object, counts } = counting(
      countingKind({
        clone: () => {
          table.closeErrno(0)
        },
      }),
    )
    table.insert(object)
    const copy = table.cloneForDup(0)!
    expect(counts).toEqual({ clones: 1, drops: 1, releases: 0 })
    copy.release()
    expect(counts).toEqual({ clones: 1, drops: 2, releases: 1 })
  })

  it('one object of insertAll may be released by the hook of another: none is placed', () => {
    const table = new HandleTable()
    const first = counting()
    const second = inferring(() => {
      first.object.release()
    }).open('x')
    expect(codeThrown(() => table.insertAll([first.object, second]))).toBe('EBADF')
    expect(first.counts.releases).toBe(1)
    expect(second.isLive).toBe(true)
    expect(table.insert(plain())).toBe(0)
  })

  it('a reservation that is cancelled meanwhile is not filled, and a stranger at its number stays', () => {
    const table = new HandleTable()
    const reservation: Reservation = table.reserve()
    const stranger = counting()
    const object = inferring(() => {
      reservation.cancel()
      table.insert(stranger.object)
    }).open('x')
    expect(codeThrown(() => reservation.fill(object))).toBe('EBADF')
    expect(object.isLive).toBe(true)
    expect(table.activeHandles()).toEqual([0])
    expect(table.getObjectInfo(0)?.kindName).toBe('test-counting')

    const again = new HandleTable()
    const first = again.reserve()
    let second: Reservation | undefined
    const late = inferring(() => {
      first.cancel()
      second = again.reserve()
    }).open('y')
    expect(codeThrown(() => first.fill(late))).toBe('EBADF')
    expect(second?.fill(plain())).toBe(0)
  })

  it('metadata that closes the handle which it updates does not reach the next one at its number', () => {
    const table = new HandleTable()
    table.insert(plain())
    const metadata = {
      get accessMode() {
        table.close(0)
        table.insert(plainKind.open('', { accessMode: 'ReadOnly' }))
        return 'ReadWrite'
      },
    }
    expect(() => {
      table.updateMetadata(0, metadata as never)
    }).toThrow('Handle does not exist')
    expect(table.getMetadata(0)?.accessMode).toBe('ReadOnly')
  })

  it('forEachWithMetadata stays on its table, though the callback makes its owner another’s or ends it', () => {
    const table = new HandleTable()
    const keeper = table.clone()
    const other = new HandleTable()
    table.insertAll([plain(), plain()])
    other.insertAll([counting().object, counting().object])
    const seen: string[] = []
    table.forEachWithMetadata((_, object) => {
      seen.push(object.kindName)
      table.cloneFrom(other)
    })
    expect(seen).toEqual(['test-plain', 'test-plain'])
    let walked = 0
    const last = keeper.clone()
    keeper.forEachWithMetadata(() => {
      walked++
      keeper.dispose()
    })
    expect(walked).toBe(2)
    expect(last.openCount()).toBe(2)
  })

  it('forEachWithMetadata refuses a callback that returns a promise', () => {
    const table = new HandleTable()
    table.insert(plain())
    expect(
      codeThrown(() => {
        // eslint-disable-next-line @typescript-eslint/no-misused-promises -- that is the point
        table.forEachWithMetadata(async () => Promise.resolve())
      }),
    ).toBe('EINVAL')
  })
})

describe('hooks that throw', () => {
  const throwing = (text: string) => () => {
    throw new Error(text)
  }

  it('the callback’s own error wins over that of a release', () => {
    const table = new HandleTable()
    table.insert(counting(countingKind({ release: throwing('release') })).object)
    expect(() =>
      table.withObject(0, () => {
        table.close(0)
        throw new Error('mine')
      }),
    ).toThrow('mine')
  })

  it('close reports both, when dropHolder and release throw', () => {
    const table = new HandleTable()
    table.insert(counting(countingKind({ drop: throwing('drop'), release: throwing('release') })).object)
    try {
      table.close(0)
      expect.unreachable()
    } catch (error) {
      expect((error as AggregateError).errors.map(({ message }: Error) => message)).toEqual(['drop', 'release'])
    }
  })

  it('a full table is EMFILE, whatever dropHolder throws while holders are taken back', () => {
    const table = new HandleTable({ capacity: 2 })
    const { object } = counting(countingKind({ drop: throwing('drop') }))
    table.insert(object)
    table.insert(plain())
    const references = [table.get(0)!, table.get(0)!]
    expect(codeThrown(() => table.insertAll(references))).toBe('EMFILE')
    expect(table.insertErrno(references[0]!)).toBe(-24)
    expect(table.dupErrno(0)).toBe(-24)
    expect(table.getObjectInfo(0)).toMatchObject({ holders: 1, references: 3 })
  })

  it('a failed deepClone gives everything back, though releases throw, and reports why it failed', () => {
    const table = new HandleTable()
    const objects = ['x', 'y'].map((name) => counting(countingKind({ release: throwing(`release ${name}`) })))
    const refusing = counting(
      countingKind({
        clone: () => {
          table.closeRange(0, Infinity)
          throw new Error('refuse')
        },
      }),
    )
    table.insertAll([...objects.map(({ object }) => object), refusing.object])
    expect(() => table.deepClone()).toThrow('refuse')
    expect([...objects, refusing].map(({ counts }) => [counts.releases, counts.drops - counts.clones])).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ])
  })

  it('describe: the object can still be looked at', () => {
    const table = new HandleTable()
    const kind = defineKind({ name: 'x', describe: throwing('no words') })
    table.insert(kind.open(null))
    expect(table.getObjectInfo(0)?.description).toBe('(describe threw: no words)')
    table.insert(defineKind({ name: 'y', describe: () => 3 as never }).open(null))
    expect(table.getObjectInfo(1)?.description).toBe('(describe gave no text)')
  })

  it('dropHolder at the end of an operation: the operation’s answer is not lost, and the object is released', () => {
    const { object, counts } = counting(countingKind({ drop: throwing('drop') }))
    const table = new HandleTable()
    const open = openObjectOf(object)
    const handle = table.insert(object)
    const copy = table.dup(handle)
    beginOperation(open)
    // Another handle is left: only the last one’s end waits for the operation.
    expect(() => {
      table.close(handle)
    }).toThrow('drop')
    expect(counts.drops).toBe(1)
    table.close(copy)
    expect(counts.drops).toBe(1)
    endOperation(open)
    expect(counts).toEqual({ clones: 1, drops: 2, releases: 1 })
  })
})

describe('ranges', () => {
  it.each([2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER])(
    'from %d on nothing is open, so nothing is closed or marked',
    (first) => {
      const table = new HandleTable()
      table.insertAll([plain(), plain()])
      table.closeRange(first, first)
      table.closeRange(first, Infinity)
      table.setCloseOnExecRange(first, Infinity)
      expect(table.activeHandles()).toEqual([0, 1])
      expect(table.isCloseOnExec(0)).toBe(false)
    },
  )

  it('reserve at the limit is EINVAL, as every minimum there', () => {
    const table = new HandleTable({ capacity: 4 })
    expect(codeThrown(() => table.reserve(4))).toBe('EINVAL')
  })

  it('a table that was once used far up is copied as far as it is used', () => {
    const table = new HandleTable({ capacity: 1 << 20 })
    table.insert(plain())
    table.close(table.dup2(0, (1 << 20) - 1))
    const child = table.deepClone()
    expect(child.activeHandles()).toEqual([0])
    expect(child.replace(1000, plain())).toBe(1000)
  })
})

describe('tables of two copies of core', () => {
  it('can be left, cloned and forked across', async () => {
    vi.resetModules()
    const other = await import('../src/index.js')
    expect(other.HandleTable).not.toBe(HandleTable)
    const theirs = new other.HandleTable()
    const { object, counts } = counting()
    theirs.insertWithMetadata(object, { handleType: 'acme-theirs' as never })
    const mine = new HandleTable()
    mine.cloneFrom(theirs)
    const clone = mine.clone()
    const child = mine.deepClone()
    expect([clone.openCount(), child.openCount()]).toEqual([1, 1])
    expect([mine, clone, child].map((table) => table.getMetadata(0)?.handleType)).toEqual(Array(3).fill('acme-theirs'))
    expect(mine.insertWithMetadata(plain(), { handleType: 'acme-mine' as never })).toBe(1)
    expect(theirs.getMetadata(1)?.handleType).toBe('acme-mine')
    for (const table of [theirs, mine, clone, child]) table.dispose()
    expect(counts).toEqual({ clones: 1, drops: 2, releases: 1 })
  })
})
