import { describe, expect, it } from 'vitest'
import {
  endBorrow,
  HandleError,
  HandleTable,
  isHandleError,
  openObjectOf,
  type BorrowedObject,
  type Handle,
  type HandleTableOptions,
  type KernelObject,
} from '@ht/core'
import { ConformanceError, testTable } from '../../src/conformance/index.js'
import { outcomeOf } from './collect.js'

type Members = Partial<{ [K in keyof HandleTable]: HandleTable[K] }>
/** Members that replace those of a good table; `good` is the table with its own members. */
type Break = (good: HandleTable) => Members

const make = (options?: HandleTableOptions) => new HandleTable(options)

/** A call whose errors are passed over. */
const quietly = (f: () => unknown) => {
  try {
    f()
  } catch {
    return
  }
}
/** What a table does that takes a text for the number in it. */
const asNumber = (handle: unknown) => Number(handle)
const fails = (code: 'EINVAL' | 'EMFILE' | 'EBADF') => () => {
  throw new HandleError(code)
}

/** Of each rule, members that break it. */
const broken: Record<string, Break> = {
  'a new handle is the lowest free number': (good) => ({
    insert: (object) => good.insertAtOrAbove((good.activeHandles().at(-1) ?? -1) + 1, object),
  }),
  "a full table is EMFILE, and the reference stays the caller's": (good) => ({
    insert(object) {
      try {
        return good.insert(object)
      } catch (error) {
        object.release()
        throw error
      }
    },
  }),
  'numbers start at 0 again when all was closed': (good) => ({
    closeAll() {
      good.closeAll()
      good.reserve()
    },
  }),
  'an insert takes the reference over': (good) => ({
    insert: (object) => good.insert(copyOf(object)),
  }),
  'several objects get handles all together or not at all': (good) => ({
    insertAll: (objects) => objects.map((object) => good.insert(object)),
  }),
  'an insert at or above a minimum takes the lowest free number there': (good) => ({
    insertAtOrAbove: (minimum, object) => good.replace(minimum, object),
  }),
  'a minimum that is negative, or not below the limit, is EINVAL; no number above it EMFILE': (good) => ({
    insertAtOrAbove(minimum, object) {
      if (minimum >= good.limit) return fails('EMFILE')()
      return good.insertAtOrAbove(minimum, object)
    },
  }),
  'replace gives a number another object in one step, and releases what it named before': (good) => ({
    replace(handle, object) {
      quietly(() => {
        good.close(handle)
      })
      return good.insertAtOrAbove(handle, object)
    },
  }),
  'replace at a number that is negative, or not below the limit, is EBADF': (good) => ({
    replace: (handle, object) => (handle >= good.limit ? fails('EMFILE')() : good.replace(handle, object)),
  }),
  'a table of some kinds takes no others': () => {
    const any = new HandleTable()
    return { insert: (object) => any.insert(object) }
  },
  "what is no object, or not the caller's any more, is refused": (good) => ({
    insert: (object) => ((object as KernelObject | undefined)?.isLive === false ? 99 : good.insert(object)),
  }),
  'a placement that a hook refuses changes nothing': (good) => ({
    insert(object) {
      try {
        return good.insert(object)
      } catch (error) {
        if (!isHandleError(error)) good.reserve()
        throw error
      }
    },
  }),

  'a reserved number is taken, and not open': (good) => ({
    isValidHandle: (handle) => handle === 0 || good.isValidHandle(handle),
  }),
  'a placement onto a reserved number is EBUSY': (good) => ({
    dup2: (handle, target) => (good.isValidHandle(target) ? good.dup2(handle, target) : good.dup(handle)),
  }),
  'a reservation is filled or cancelled, once': (good) => ({
    reserve(minimum) {
      const reservation = good.reserve(minimum)
      return Object.assign(Object.create(reservation) as typeof reservation, {
        handle: reservation.handle,
        fill: (object: KernelObject) => reservation.fill(object),
        cancel() {
          reservation.cancel()
          if (good.isValidHandle(reservation.handle)) good.close(reservation.handle)
        },
      })
    },
  }),
  'a fill that is refused leaves the number reserved': (good) => ({
    reserve(minimum) {
      const reservation = good.reserve(minimum)
      return Object.assign(Object.create(reservation) as typeof reservation, {
        handle: reservation.handle,
        fill(object: KernelObject) {
          try {
            return reservation.fill(object)
          } catch (error) {
            reservation.cancel()
            throw error
          }
        },
      })
    },
  }),
  'a fork copies a reserved number as free': (good) => ({
    deepClone() {
      const fork = good.deepClone()
      fork.reserve()
      return fork
    },
  }),
  'closing all leaves reserved numbers reserved': (good) => {
    const reserved: { cancel(): void }[] = []
    return {
      reserve(minimum) {
        const reservation = good.reserve(minimum)
        reserved.push(reservation)
        return reservation
      },
      closeAll() {
        good.closeAll()
        for (const reservation of reserved) reservation.cancel()
      },
    }
  },

  'handles over a lowered limit keep working, and only new placements fail': (good) => ({
    setLimit(limit) {
      good.setLimit(limit)
      good.closeRange(limit, Infinity)
    },
  }),
  'a limit is an integer from 0 to the capacity': (good) => ({
    setLimit(limit) {
      good.setLimit(Math.max(0, Math.min(good.capacity, Math.trunc(limit) || 0)))
    },
  }),

  'a dup is another handle for the same open object, at the lowest free number': (good) => ({
    dup: (handle) => good.dup(handle, (good.activeHandles().at(-1) ?? 0) + 1),
  }),
  'a dup has the role and mode of its handle, and close-on-exec only if asked for': (good) => ({
    dup: (handle, minimum) => good.dup(handle, minimum, good.isCloseOnExec(handle)),
  }),
  'F_DUPFD: EBADF for the source first, then EINVAL for the minimum, then EMFILE': (good) => ({
    dup: (handle, ...rest) => ((rest[0] ?? 0) >= good.limit ? fails('EINVAL')() : good.dup(handle, ...rest)),
  }),
  'dup2 of a number onto itself returns it and changes nothing': (good) => ({
    dup2(handle, target) {
      if (handle === target) good.setCloseOnExec(handle, false)
      return good.dup2(handle, target)
    },
  }),
  'dup2 replaces its target in one step, and drops an error of closing it': (good) => ({
    dup2(handle, target) {
      if (handle !== target && good.isValidHandle(handle) && good.isValidHandle(target)) good.close(target)
      return good.dup2(handle, target)
    },
  }),
  'dup2 and dup3 of a closed handle are EBADF and leave the target untouched': (good) => ({
    dup2(handle, target) {
      if (handle !== target) good.closeRange(target, target)
      return good.dup2(handle, target)
    },
  }),
  'dup2 and dup3 onto a number that is negative, or not below the limit, are EBADF': (good) => ({
    dup2: (handle, target) => (target >= good.limit ? fails('EMFILE')() : good.dup2(handle, target)),
  }),
  'dup3 of equal numbers is EINVAL, also when they are closed': (good) => ({
    dup3: (handle, target) => (good.isValidHandle(handle) ? good.dup3(handle, target) : fails('EBADF')()),
  }),
  'a dup that the hook refuses changes nothing': (good) => ({
    dup2(handle, target) {
      try {
        return good.dup2(handle, target)
      } catch (error) {
        if (!isHandleError(error)) good.close(target)
        throw error
      }
    },
  }),
  'a dup that finds no number takes its holder back': (good) => ({
    dup(handle, minimum) {
      try {
        return good.dup(handle, minimum)
      } catch (error) {
        good.cloneForDup(handle)
        throw error
      }
    },
  }),

  'close frees the number first, and releases after that, with the table unlocked': (good) => ({
    close(handle) {
      good.withObject(handle, (object) => {
        openObjectOf(object).kind.release?.(openObjectOf(object))
      })
      good.close(handle)
    },
  }),
  'a number that names no open handle counts as closed': (good) => ({
    get: (handle) => good.get(handle >>> 0),
  }),
  'what is no number is EINVAL': (good) => ({
    get: (handle) => good.get(asNumber(handle)),
    isValidHandle: (handle) => good.isValidHandle(asNumber(handle)),
  }),
  'an error of a release hook is passed on, when the handle is closed': (good) => ({
    close(handle) {
      quietly(() => {
        good.close(handle)
      })
    },
  }),
  'remove gives the object to the caller and frees the number, and no hook runs': (good) => ({
    remove(handle) {
      const object = good.cloneForDup(handle)
      if (object !== undefined) good.close(handle)
      return object
    },
  }),
  'closeAll closes everything, each once, also when hooks throw': (good) => ({
    closeAll() {
      for (const handle of good.activeHandles()) good.close(handle)
    },
  }),
  'closeRange closes what is open in it, and ignores errors of closing': (good) => ({
    closeRange(first, last) {
      for (const handle of good.activeHandles()) if (handle >= first && handle <= last) good.close(handle)
    },
  }),
  'closeRange and setCloseOnExecRange refuse a first over the last': (good) => ({
    closeRange(first, last) {
      if (first <= last) good.closeRange(Math.max(0, first), last)
    },
  }),
  'setCloseOnExecRange marks what is open, and closes nothing': (good) => ({
    setCloseOnExecRange(_first, last) {
      good.setCloseOnExecRange(0, last)
    },
  }),
  'exec closes what is marked, nothing else, and ignores errors of closing': (good) => ({
    closeOnExec() {
      for (const handle of good.activeHandles()) if (good.isCloseOnExec(handle) === true) good.close(handle)
    },
  }),
  'an owned handle is closed once, and never hits who got its number': (good) => ({
    own(handle) {
      if (!good.isValidHandle(handle)) return undefined
      const close = () => {
        quietly(() => {
          good.close(handle)
        })
      }
      return { handle, isOpen: true, close } as never
    },
  }),

  'a clone is another owner of the same table': (good) => ({ clone: () => good.deepClone() }),
  'the last owner closes everything, each once': (good) => ({
    dispose() {
      quietly(() => {
        good.closeAll()
      })
      good.dispose()
    },
  }),
  'an owner that has ended refuses every call with EBADF': (good) => ({
    isValidHandle(handle) {
      try {
        return good.isValidHandle(handle)
      } catch {
        return false
      }
    },
  }),
  'a fork has a table of its own, with the same numbers, objects and marks': (good) => ({
    deepClone() {
      const fork = good.deepClone()
      for (const handle of fork.activeHandles()) fork.setCloseOnExec(handle, false)
      return fork
    },
  }),
  'a fork that a hook refuses leaves everything as it was': (good) => ({
    deepClone() {
      const fork = make()
      for (const handle of good.activeHandles()) fork.replace(handle, good.cloneForDup(handle)!)
      return fork
    },
  }),
  'cloneFrom leaves its own table, closing what that held, and shares the other': (good) => ({
    cloneFrom(source) {
      good.deepClone()
      good.cloneFrom(source)
    },
  }),

  'withObject lends the object until the callback returns, and gives back what it returned': (good) => ({
    withObject(handle, f) {
      const object = good.get(handle)
      return object === undefined ? undefined : f(object)
    },
  }),
  'a callback may close its own handle, and the object lives until it returns': (good) => {
    let locked = false
    return {
      withObject(handle, f) {
        locked = true
        try {
          return good.withObject(handle, f)
        } finally {
          locked = false
        }
      },
      close(handle) {
        if (!locked) good.close(handle)
      },
    }
  },
  'a callback that throws ends the borrow, and its error is passed on': (good) => ({
    withObject(handle, f) {
      const open = good.borrow(handle)
      const result = open === undefined ? undefined : f(open.lent)
      if (open !== undefined) endBorrow(open)
      return result
    },
  }),
  'a callback that returns a promise is refused, and the borrow ends': (good) => ({
    withObject<R>(handle: Handle, f: (object: BorrowedObject) => R) {
      let result: R | undefined
      good.withObject(handle, (object) => {
        result = f(object)
      })
      return result
    },
  }),
  'get gives a reference that is no holder, and calls no hook': (good) => ({ get: (handle) => good.cloneForDup(handle) }),
  'a reference from get becomes a holder when it is inserted, and stays one no longer than that': (good) => ({
    get(handle) {
      const reference = good.get(handle) as (KernelObject & { holder: boolean }) | undefined
      if (reference !== undefined) reference.holder = true
      return reference
    },
  }),
  'cloneForDup makes a holder: the hook runs, and its release drops it': (good) => ({
    cloneForDup: (handle) => good.get(handle),
  }),
  'forEachWithMetadata walks what is open, ascending, and passes over what is closed meanwhile': (good) => ({
    forEachWithMetadata(f) {
      for (const handle of good.activeHandles().reverse()) {
        good.withObject(handle, (object) => {
          f(handle, object, good.getMetadata(handle) as never)
        })
      }
    },
  }),
  'hooks may use the table: none runs while it is locked': (good) => {
    let locked = false
    return {
      dup2(handle, target) {
        locked = true
        try {
          return good.dup2(handle, target)
        } finally {
          locked = false
        }
      },
      insert: (object) => (locked ? fails('EINVAL')() : good.insert(object)),
    }
  },

  'what the metadata of an insert leaves out is inferred by the kind': (good) => ({
    insertWithMetadata: (object, metadata) => good.insertWithMetadata(object, { handleType: 'Regular', ...metadata }),
  }),
  "append, non-blocking and sync are the open object's, close-on-exec is the handle's": (good) => ({
    updateMetadata(handle, metadata) {
      good.updateMetadata(handle, { specialSemantics: [], ...metadata })
    },
  }),
  'an update sets what it names, and any mode that the object has': (good) => ({
    updateMetadata(handle, metadata) {
      const narrow = good.getMetadata(handle)?.accessMode
      good.updateMetadata(handle, narrow === 'ReadOnly' ? { ...metadata, accessMode: narrow } : metadata)
    },
  }),
  'wrong metadata is EINVAL, names its field, and changes nothing': (good) => ({
    updateMetadata(handle, metadata) {
      good.setCloseOnExec(handle, true)
      good.updateMetadata(handle, metadata)
    },
  }),
  'an update of no open handle is EBADF, and says whether the number is in the table': (good) => ({
    updateMetadata(handle, metadata) {
      if (!good.isValidHandle(handle)) throw new HandleError('EBADF')
      good.updateMetadata(handle, metadata)
    },
  }),
  'metadata that was given out is a copy': (good) => {
    const given = new Map<Handle, ReturnType<HandleTable['getMetadata']>>()
    const one = (handle: Handle) => {
      const metadata = given.get(handle) ?? good.getMetadata(handle)
      given.set(handle, metadata)
      return metadata
    }
    return { getMetadata: one, withMetadata: (handle, f) => f(one(handle) as never) }
  },
  'handles are counted, and listed in their order': (good) => ({
    activeHandles: () => good.activeHandles().sort(),
  }),
  'introspection tells type, kind, role, mode and both counts': (good) => ({
    getObjectInfo: (handle) => {
      const info = good.getObjectInfo(handle)
      return info && { ...info, references: info.holders }
    },
  }),
}

/** Another reference that is a holder, made behind the table's back. */
function copyOf(object: KernelObject): KernelObject {
  const table = make()
  const copy = Object.create(object) as KernelObject & { holder: boolean }
  table.dispose()
  return copy
}

describe('the conformance suite of tables', () => {
  testTable({ describe, it }, { make })

  it('has something that breaks each of its rules', async () => {
    const { rules, failed } = await outcomeOf((runner) => {
      testTable(runner, { make })
    })
    expect([...failed]).toEqual([])
    expect(Object.keys(broken).sort()).toEqual([...rules].sort())
  })

  it('refuses to begin without make', () => {
    expect(() => {
      testTable({ describe, it }, {} as never)
    }).toThrow(/^EINVAL: make/)
  })

  for (const [rule, members] of Object.entries(broken)) {
    it(`catches a table that breaks: ${rule}`, async () => {
      const { failed } = await outcomeOf((runner) => {
        testTable(runner, { make: (options) => breakTable(make(options), members) })
      })
      expect(failed.get(rule)).toBeInstanceOf(ConformanceError)
    })
  }
})

function breakTable(table: HandleTable, members: Break): HandleTable {
  const good = new Proxy(table, {
    get(target, key) {
      const member: unknown = Reflect.get(HandleTable.prototype, key, target)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
  return Object.assign(table, members(good))
}
