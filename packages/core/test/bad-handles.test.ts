import { describe, expect, it } from 'vitest'
import { HandleTable } from '../src/index.js'
import { codeThrown, plain } from './counting-kind.js'

const object = plain()

/** Each call that takes a handle, with what it comes to for a number that names no open handle. */
const calls: [name: string, call: (table: HandleTable, handle: number) => unknown, closed: unknown][] = [
  ['withObject', (table, handle) => table.withObject(handle, () => 1), undefined],
  ['borrow', (table, handle) => table.borrow(handle), undefined],
  ['accessBits', (table, handle) => table.accessBits(handle), 0],
  ['get', (table, handle) => table.get(handle), undefined],
  ['cloneForDup', (table, handle) => table.cloneForDup(handle), undefined],
  ['remove', (table, handle) => table.remove(handle), undefined],
  ['own', (table, handle) => table.own(handle), undefined],
  ['getMetadata', (table, handle) => table.getMetadata(handle), undefined],
  ['withMetadata', (table, handle) => table.withMetadata(handle, () => 1), undefined],
  ['isCloseOnExec', (table, handle) => table.isCloseOnExec(handle), undefined],
  ['isValidHandle', (table, handle) => table.isValidHandle(handle), false],
  ['getObjectInfo', (table, handle) => table.getObjectInfo(handle), undefined],
  [
    'close',
    (table, handle) => {
      table.close(handle)
    },
    'EBADF',
  ],
  [
    'setCloseOnExec',
    (table, handle) => {
      table.setCloseOnExec(handle, true)
    },
    'EBADF',
  ],
  [
    'updateMetadata',
    (table, handle) => {
      table.updateMetadata(handle, {})
    },
    'EBADF',
  ],
  ['dup', (table, handle) => table.dup(handle), 'EBADF'],
  ['dup2', (table, handle) => table.dup2(handle, 5), 'EBADF'],
  ['dup2 onto it', (table, handle) => table.dup2(1, handle), 'EBADF'],
  ['dup3', (table, handle) => table.dup3(handle, 5), 'EBADF'],
  ['dup3 onto it', (table, handle) => table.dup3(1, handle), 'EBADF'],
  ['replace', (table, handle) => table.replace(handle, object), 'EBADF'],
]

const errnoCalls: [name: string, call: (table: HandleTable, handle: number) => number][] = [
  ['closeErrno', (table, handle) => table.closeErrno(handle)],
  ['updateMetadataErrno', (table, handle) => table.updateMetadataErrno(handle, {})],
  ['dupErrno', (table, handle) => table.dupErrno(handle)],
  ['dup2Errno', (table, handle) => table.dup2Errno(handle, 5)],
  ['dup2Errno onto it', (table, handle) => table.dup2Errno(1, handle)],
  ['dup3Errno', (table, handle) => table.dup3Errno(handle, 5)],
  ['dup3Errno onto it', (table, handle) => table.dup3Errno(1, handle)],
  ['replaceErrno', (table, handle) => table.replaceErrno(handle, object)],
]

function tableWithOne(): HandleTable {
  const table = new HandleTable({ capacity: 16 })
  table.insertAll([plain('zero'), plain('one')])
  return table
}

/** What a call comes to: its result, or the code that it throws. */
function outcome(call: () => unknown): unknown {
  let result: unknown
  const code = codeThrown(() => {
    result = call()
  })
  return code === 'nothing' ? result : code
}

describe.each([-1, -0.5, 0.5, 1.5, NaN, Infinity, -Infinity, 1e300, 2 ** 32, 2 ** 32 + 1, 16])(
  'the number %d names no open handle',
  (handle) => {
    it.each(calls)('%s', (_, call, closed) => {
      const table = tableWithOne()
      expect(outcome(() => call(table, handle))).toBe(closed)
      expect(table.activeHandles()).toEqual([0, 1])
      expect(object.isLive).toBe(true)
    })
    it.each(errnoCalls)('%s', (_, call) => {
      const table = tableWithOne()
      expect(call(table, handle)).toBe(-9)
      expect(table.activeHandles()).toEqual([0, 1])
    })
  },
)

describe.each([
  ['a text', '0'],
  ['undefined', undefined],
  ['null', null],
  ['an object', { valueOf: () => 0 }],
  ['a bigint', 0n],
  ['true', true],
  ['a symbol', Symbol('0')],
  ['an array', [0]],
])('%s is no handle', (_, handle) => {
  it.each(calls)('%s throws EINVAL that names the argument', (_name, call) => {
    const table = tableWithOne()
    expect(() => call(table, handle as number)).toThrow(/^EINVAL: handle must be a number, got /)
    expect(table.activeHandles()).toEqual([0, 1])
    expect(object.isLive).toBe(true)
  })
  it.each(errnoCalls)('%s answers −EINVAL', (_name, call) => {
    const table = tableWithOne()
    expect(call(table, handle as number)).toBe(-22)
    expect(table.activeHandles()).toEqual([0, 1])
  })
})

it('-0 is 0', () => {
  expect(tableWithOne().isValidHandle(-0)).toBe(true)
})

describe('what is no object', () => {
  it.each([[undefined], [null], [3], ['x'], [{}], [{ release() {} }], [[]]])('%o is refused by EINVAL', (value) => {
    const table = tableWithOne()
    expect(codeThrown(() => table.insert(value as never))).toBe('EINVAL')
    expect(table.insertErrno(value as never)).toBe(-22)
    expect(codeThrown(() => table.replace(1, value as never))).toBe('EINVAL')
    expect(table.activeHandles()).toEqual([0, 1])
  })

  it('an object of another major version of core is refused by a message that names both', () => {
    const foreign = { [Symbol.for('@ht/core')]: 2, release: () => undefined }
    expect(() => tableWithOne().insert(foreign as never)).toThrow('was made by @ht/core 2, and this is @ht/core 1')
  })
})
