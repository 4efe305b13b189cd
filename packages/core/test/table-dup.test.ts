import { describe, expect, it } from 'vitest'
import { HandleTable } from '../src/index.js'
import { codeThrown, counting, countingKind, plain } from './counting-kind.js'

describe('dup', () => {
  it('shares the object, clears close-on-exec, and counts one holder more', () => {
    const table = new HandleTable()
    const { object, counts } = counting()
    const handle = table.insertWithMetadata(object, { handleType: 'ConfigFile', specialSemantics: ['CloseOnExec'] })
    const copy = table.dup(handle)
    expect(copy).toBe(1)
    expect(table.getObjectInfo(copy)?.id).toBe(table.getObjectInfo(handle)?.id)
    expect(table.getMetadata(copy)).toEqual({ handleType: 'ConfigFile', accessMode: 'ReadWrite', specialSemantics: [] })
    expect(table.getObjectInfo(copy)).toMatchObject({ holders: 2, references: 2 })
    expect(counts).toEqual({ clones: 1, drops: 0, releases: 0 })
    expect(table.isCloseOnExec(table.dup(handle, 5, true))).toBe(true)
  })

  it('shares the status flags, which are the open object’s', () => {
    const table = new HandleTable()
    const handle = table.insert(plain())
    const copy = table.dup(handle)
    table.updateMetadata(copy, { specialSemantics: ['Append', 'NonBlocking'] })
    expect(table.getMetadata(handle)?.specialSemantics).toEqual(['NonBlocking', 'Append'])
    table.updateMetadata(handle, { specialSemantics: [] })
    expect(table.getMetadata(copy)?.specialSemantics).toEqual([])
  })

  it('a bad source is EBADF before a bad minimum is EINVAL', () => {
    const table = new HandleTable({ capacity: 8 })
    expect(table.dupErrno(0, -1)).toBe(-9)
    table.insert(plain())
    expect(table.dupErrno(0, -1)).toBe(-22)
    expect(table.dupErrno(0, 8)).toBe(-22)
    table.insertAtOrAbove(7, plain())
    expect(table.dupErrno(0, 7)).toBe(-24)
    expect(table.openCount()).toBe(2)
  })

  it('is undone when the kind refuses', () => {
    const table = new HandleTable()
    const kind = countingKind({
      clone: () => {
        throw new Error('not this one')
      },
    })
    const { object, counts } = counting(kind)
    const handle = table.insert(object)
    for (const attempt of [
      () => table.dup(handle),
      () => table.dupErrno(handle),
      () => table.dup2(handle, 9),
      () => table.dup3(handle, 9),
      () => table.cloneForDup(handle),
      () => table.deepClone(),
    ]) {
      expect(attempt).toThrow('not this one')
    }
    expect(table.activeHandles()).toEqual([handle])
    expect(table.getObjectInfo(handle)).toMatchObject({ holders: 1, references: 1 })
    table.close(handle)
    expect(counts).toEqual({ clones: 0, drops: 1, releases: 1 })
  })

  it('without a free number takes its holder back', () => {
    const table = new HandleTable({ capacity: 1 })
    const { object, counts } = counting()
    const handle = table.insert(object)
    expect(table.dupErrno(handle)).toBe(-24)
    expect(counts).toEqual({ clones: 1, drops: 1, releases: 0 })
    expect(table.getObjectInfo(handle)).toMatchObject({ holders: 1, references: 1 })
  })

  it('survives a hook that closes the very handle', () => {
    const table = new HandleTable()
    const { object, counts } = counting(
      countingKind({
        clone: () => {
          table.closeErrno(0)
        },
      }),
    )
    table.insert(object)
    expect(table.dup(0)).toBe(0)
    expect(counts).toEqual({ clones: 1, drops: 1, releases: 0 })
    table.close(0)
    expect(counts).toEqual({ clones: 1, drops: 2, releases: 1 })
  })
})

describe('dup2 and dup3', () => {
  it('dup2 onto itself returns it and leaves close-on-exec; closed it is EBADF', () => {
    const table = new HandleTable()
    const handle = table.insertWithMetadata(plain(), { specialSemantics: ['CloseOnExec'] })
    expect(table.dup2(handle, handle)).toBe(handle)
    expect(table.isCloseOnExec(handle)).toBe(true)
    expect(table.dup2Errno(5, 5)).toBe(-9)
  })

  it('replaces in one step, and an error of closing the old target is dropped', () => {
    const table = new HandleTable()
    const source = table.insert(plain())
    const seen: unknown[] = []
    const { object, counts } = counting(
      countingKind({
        release: () => {
          seen.push(table.getObjectInfo(1)?.id)
          throw new Error('dropped')
        },
      }),
    )
    table.insert(object)
    expect(table.dup2(source, 1)).toBe(1)
    expect(counts.releases).toBe(1)
    // The number named the new object before the old one was released.
    expect(seen).toEqual([table.getObjectInfo(source)?.id])
  })

  it('a bad source leaves the target untouched', () => {
    const table = new HandleTable()
    const { object, counts } = counting()
    const target = table.insert(object)
    expect(table.dup2Errno(9, target)).toBe(-9)
    expect(table.dup3Errno(9, target)).toBe(-9)
    expect(table.isValidHandle(target)).toBe(true)
    expect(counts.drops).toBe(0)
  })

  it.each([-1, 64, 1.5, NaN, Infinity])('the target %d is EBADF, not EMFILE', (target) => {
    const table = new HandleTable({ capacity: 64 })
    const handle = table.insert(plain())
    expect(table.dup2Errno(handle, target)).toBe(-9)
    expect(table.dup3Errno(handle, target)).toBe(-9)
    expect(table.replaceErrno(target, plain())).toBe(-9)
  })

  it('dup3 with equal numbers is EINVAL, even where the source is closed', () => {
    const table = new HandleTable()
    expect(table.dup3Errno(7, 7)).toBe(-22)
    const handle = table.insert(plain())
    expect(codeThrown(() => table.dup3(handle, handle))).toBe('EINVAL')
  })

  it('dup3 sets close-on-exec from the start', () => {
    const table = new HandleTable()
    const handle = table.insert(plain())
    expect(table.isCloseOnExec(table.dup3(handle, 5, true))).toBe(true)
    expect(table.isCloseOnExec(table.dup2(handle, 5))).toBe(false)
  })
})

describe('replace', () => {
  it('places at this very number and closes what it named', () => {
    const table = new HandleTable()
    const { object, counts } = counting()
    const handle = table.insert(object)
    expect(table.replace(handle, plain('new'))).toBe(handle)
    expect(counts).toEqual({ clones: 0, drops: 1, releases: 1 })
    expect(table.openCount()).toBe(1)
  })

  it('of an object with itself keeps it', () => {
    const table = new HandleTable()
    const { object, counts } = counting()
    const handle = table.insert(object)
    table.replace(handle, table.get(handle)!)
    expect(counts).toEqual({ clones: 1, drops: 1, releases: 0 })
    expect(table.getObjectInfo(handle)).toMatchObject({ holders: 1, references: 1 })
  })
})
