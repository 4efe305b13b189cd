import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HandleTable } from '../src/index.js'
import { NumberSet } from '../src/table/number-set.js'
import { codeThrown, counting, plain } from './counting-kind.js'

describe('numbers', () => {
  it('a new handle is the lowest free number', () => {
    const table = new HandleTable()
    expect([table.insert(plain()), table.insert(plain()), table.insert(plain())]).toEqual([0, 1, 2])
    table.close(1)
    table.close(0)
    expect([table.insert(plain()), table.insert(plain()), table.insert(plain())]).toEqual([0, 1, 3])
  })

  it('after closeAll of a full table the next handle is 0', () => {
    const table = new HandleTable({ capacity: 40 })
    for (let i = 0; i < 40; i++) table.insert(plain())
    table.closeAll()
    expect(table.insert(plain())).toBe(0)
  })

  it('a full table answers EMFILE with the message, and the reference stays the caller’s', () => {
    const table = new HandleTable({ capacity: 2 })
    table.insert(plain())
    table.insert(plain())
    const { object, counts } = counting()
    expect(() => table.insert(object)).toThrow('Too many open KernelObjects, limit reached')
    expect(codeThrown(() => table.insert(object))).toBe('EMFILE')
    expect(table.insertErrno(object)).toBe(-24)
    expect(object.isLive).toBe(true)
    object.release()
    expect(counts).toEqual({ clones: 0, drops: 1, releases: 1 })
  })

  it('the default capacity is 1024, and the last number is 1023', () => {
    const table = new HandleTable()
    expect(HandleTable.MAX_HANDLES).toBe(1024)
    for (let i = 0; i < 1023; i++) table.insert(plain())
    expect(table.insert(plain())).toBe(1023)
    expect(table.insertErrno(plain())).toBe(-24)
    table.close(517)
    expect(table.insert(plain())).toBe(517)
  })

  it.each([1, 31, 32, 33, 1024, 1025, 32768, 32769])('every number of a table of %i is used, in order', (capacity) => {
    const table = new HandleTable({ capacity })
    for (let i = 0; i < capacity; i++) if (table.insertErrno(plain()) !== i) throw new Error(`not ${String(i)}`)
    expect(table.insertErrno(plain())).toBe(-24)
    expect(table.openCount()).toBe(capacity)
    table.close(capacity - 1)
    expect(table.insert(plain())).toBe(capacity - 1)
  })

  it('a table may hold 1,048,576 handles', () => {
    const table = new HandleTable({ capacity: 1 << 20 })
    const object = plain()
    expect(table.replace((1 << 20) - 1, object)).toBe((1 << 20) - 1)
    expect(table.insert(plain())).toBe(0)
    expect(table.activeHandles()).toEqual([0, (1 << 20) - 1])
  })

  it('insertAtOrAbove takes the lowest free number from a minimum on', () => {
    const table = new HandleTable()
    expect(table.insertAtOrAbove(10, plain())).toBe(10)
    expect(table.insertAtOrAbove(10, plain())).toBe(11)
    expect(table.insertAtOrAbove(0, plain())).toBe(0)
    expect(table.insertAtOrAbove(9, plain())).toBe(9)
    expect(table.insertAtOrAbove(9, plain())).toBe(12)
  })

  it.each([-1, 1.5, NaN, 64, 1e9, '3'])('insertAtOrAbove refuses the minimum %o with EINVAL', (minimum) => {
    const table = new HandleTable({ capacity: 64 })
    const object = plain()
    expect(codeThrown(() => table.insertAtOrAbove(minimum as number, object))).toBe('EINVAL')
    expect(table.insertAtOrAboveErrno(minimum as number, object)).toBe(-22)
    expect(object.isLive).toBe(true)
    expect(table.openCount()).toBe(0)
  })

  it('insertAtOrAbove answers EMFILE when none is free above', () => {
    const table = new HandleTable({ capacity: 64 })
    table.insertAtOrAbove(63, plain())
    expect(table.insertAtOrAboveErrno(63, plain())).toBe(-24)
  })
})

describe('several at once', () => {
  it('insertAll gives the lowest free numbers', () => {
    const table = new HandleTable()
    table.replace(1, plain())
    expect(table.insertAll([plain(), plain()])).toEqual([0, 2])
  })

  it('insertAll places all or none, and uses no number when it fails', () => {
    const table = new HandleTable({ capacity: 3 })
    table.insert(plain())
    table.insert(plain())
    const objects = [plain(), plain()]
    expect(codeThrown(() => table.insertAll(objects))).toBe('EMFILE')
    expect(objects.map((object) => object.isLive)).toEqual([true, true])
    expect(table.openCount()).toBe(2)
    expect(table.insert(plain())).toBe(2)
  })

  it('insertAll refuses one reference named twice, and what is no object', () => {
    const table = new HandleTable()
    const object = plain()
    expect(codeThrown(() => table.insertAll([object, object]))).toBe('EINVAL')
    expect(codeThrown(() => table.insertAll([object, {} as never]))).toBe('EINVAL')
    expect(codeThrown(() => table.insertAll('ab' as never))).toBe('EINVAL')
    expect(object.isLive).toBe(true)
    expect(table.openCount()).toBe(0)
  })
})

describe('reserved numbers', () => {
  it('a reserved number is taken but not open', () => {
    const table = new HandleTable()
    const reservation = table.reserve()
    expect(reservation.handle).toBe(0)
    expect(table.isValidHandle(0)).toBe(false)
    expect(table.openCount()).toBe(0)
    expect(table.closeErrno(0)).toBe(-9)
    expect(table.insert(plain())).toBe(1)
  })

  it('filling opens it; filling again is refused', () => {
    const table = new HandleTable()
    const reservation = table.reserve(5)
    expect(reservation.fill(plain(), { specialSemantics: ['CloseOnExec'] })).toBe(5)
    expect(table.isCloseOnExec(5)).toBe(true)
    const object = plain()
    expect(codeThrown(() => reservation.fill(object))).toBe('EBADF')
    expect(object.isLive).toBe(true)
    reservation.cancel()
    expect(table.isValidHandle(5)).toBe(true)
  })

  it('cancelling frees it, once', () => {
    const table = new HandleTable()
    const reservation = table.reserve()
    reservation.cancel()
    expect(table.insert(plain())).toBe(0)
    reservation.cancel()
    expect(table.isValidHandle(0)).toBe(true)
  })

  it('dup2 and replace onto it are EBUSY', () => {
    const table = new HandleTable()
    const handle = table.insert(plain())
    const reservation = table.reserve()
    const object = plain()
    expect(table.dup2Errno(handle, reservation.handle)).toBe(-16)
    expect(table.replaceErrno(reservation.handle, object)).toBe(-16)
    expect(object.isLive).toBe(true)
  })

  it('fork copies it as free', () => {
    const table = new HandleTable()
    table.reserve()
    const child = table.deepClone()
    expect(child.insert(plain())).toBe(0)
    expect(table.insert(plain())).toBe(1)
  })

  it('closeAll leaves it reserved; a table that has ended refuses to fill it', () => {
    const table = new HandleTable()
    const reservation = table.reserve()
    table.closeAll()
    expect(table.insert(plain())).toBe(1)
    table.dispose()
    const { object, counts } = counting()
    expect(codeThrown(() => reservation.fill(object))).toBe('EBADF')
    expect(object.isLive).toBe(true)
    object.release()
    expect(counts.releases).toBe(1)
  })

  it('a failed fill leaves it reserved', () => {
    const table = new HandleTable()
    const reservation = table.reserve()
    expect(codeThrown(() => reservation.fill(plain(), { accessMode: 'Nonsense' as never }))).toBe('EINVAL')
    expect(reservation.fill(plain())).toBe(0)
  })
})

describe('the limit', () => {
  it('lowered below open handles: they keep working, and only new placements fail', () => {
    const table = new HandleTable({ capacity: 16 })
    for (let i = 0; i < 8; i++) table.insert(plain(String(i)))
    table.setLimit(4)
    expect(table.withObject(7, (object) => object.kindName)).toBe('test-plain')
    expect(table.insertErrno(plain())).toBe(-24)
    table.close(2)
    expect(table.insert(plain())).toBe(2)
    table.close(6)
    expect(table.dupErrno(7)).toBe(-24)
    expect(table.dup2Errno(7, 6)).toBe(-9)
    expect(table.dup2Errno(7, 3)).toBe(3)
    table.setLimit(16)
    expect(table.insert(plain())).toBe(6)
  })

  it('may be 0', () => {
    const table = new HandleTable({ limit: 0 })
    expect(table.insertErrno(plain())).toBe(-24)
    table.setLimit(1)
    expect(table.insert(plain())).toBe(0)
  })

  it.each([-1, 17, 1.5, NaN, '3', undefined])('setLimit refuses %o with EINVAL', (limit) => {
    const table = new HandleTable({ capacity: 16 })
    expect(
      codeThrown(() => {
        table.setLimit(limit as number)
      }),
    ).toBe('EINVAL')
    expect(table.limit).toBe(16)
  })

  it.each([
    { capacity: 0 },
    { capacity: 1.5 },
    { capacity: (1 << 20) + 1 },
    { capacity: '8' },
    { capacity: 8, limit: 9 },
    { limit: -1 },
    { kinds: 3 },
    { kinds: [{}] },
    null,
    'options',
  ])('a table is not made with %o', (options) => {
    expect(codeThrown(() => new HandleTable(options as never))).toBe('EINVAL')
  })
})

describe('NumberSet', () => {
  it('agrees with a set of numbers on any sequence of additions, removals and searches', () => {
    const step = fc.oneof(
      fc.constant(['lowest'] as const),
      fc.tuple(fc.constant('from' as const), fc.nat(1100)),
      fc.tuple(fc.constant('delete' as const), fc.nat(1100)),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(1, 31, 32, 33, 70, 1023, 1024, 1025, 1100),
        fc.nat(1),
        fc.array(step, { maxLength: 300 }),
        (capacity, full, steps) => {
          const set = new NumberSet(capacity)
          const model = new Set<number>()
          const add = (number: number) => {
            set.add(number)
            model.add(number)
          }
          if (full === 1) for (let i = 0; i < capacity; i++) add(i)
          for (const [what, n = 0] of steps) {
            const from = what === 'lowest' ? 0 : n % capacity
            if (what === 'delete') {
              if (!model.delete(from)) continue
              set.delete(from)
              continue
            }
            let expected = from
            while (model.has(expected)) expected++
            const found = what === 'lowest' ? set.lowestFree() : set.lowestFreeFrom(from)
            if (expected < capacity) {
              expect(found).toBe(expected)
              add(found)
            } else expect(found).toBeGreaterThanOrEqual(capacity)
            expect(set.has(from)).toBe(model.has(from))
          }
          const taken: number[] = []
          for (let i = set.next(0); i >= 0; i = set.next(i + 1)) taken.push(i)
          expect(taken).toEqual([...model].sort((a, b) => a - b))
        },
      ),
    )
  })
})
