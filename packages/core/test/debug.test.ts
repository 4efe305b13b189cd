import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { defineKind, HandleTable, type KernelObject } from '@ht/core'
import { trackLeaks, type Leak, type LeakTracker, type TrackOptions } from '../src/debug/index.js'
import { observer } from '../src/object/observer.js'

const kind = defineKind<number>({ name: 'acme-thing' })

let tracker: LeakTracker | undefined
const track = (options?: TrackOptions) => (tracker = trackLeaks(options))
const texts = () => tracker?.leaks().map(({ what, handle }) => (handle === undefined ? what : `${what} ${String(handle)}`))

afterEach(() => {
  tracker?.stop()
  tracker = undefined
})

describe('leaks', () => {
  it('tells of each reference that nobody released or gave to a table', () => {
    track()
    const kept = makeReference()
    kind.open(2).release()
    new HandleTable().insert(kind.open(3))
    expect(texts()).toEqual(['reference', 'handle 0'])
    const [leak] = tracker?.leaks() ?? []
    expect(leak).toMatchObject({ what: 'reference', kindName: 'acme-thing', objectId: kept.id, handle: undefined })
    expect(leak?.text).toBe(`reference to acme-thing ${String(kept.id)} was never released`)
    expect(leak?.stack).toContain('makeReference')
    kept.release()
    kept.release()
    expect(texts()).toEqual(['handle 0'])
  })

  it('tells of each handle that nobody closed, and of its table', () => {
    track()
    const first = new HandleTable()
    first.insert(kind.open(1))
    const second = new HandleTable()
    second.insertAll([kind.open(2), kind.open(3)])
    expect(tracker?.leaks().map(({ table, handle }) => [table, handle])).toEqual([
      [1, 0],
      [2, 0],
      [2, 1],
    ])
    expect(tracker?.leaks()[0]?.text).toMatch(/^handle 0 of table 1 to acme-thing \d+ was never closed$/)
    expect(tracker?.leaks()[0]?.stack).toContain('debug.test')
    second.close(0)
    first.dispose()
    expect(texts()).toEqual(['handle 1'])
    second.closeAll()
    expect(texts()).toEqual([])
  })

  it('follows a handle through dup2, fork, remove, reservations and refused placements', () => {
    track()
    const table = new HandleTable({ limit: 3 })
    table.insert(kind.open(1))
    table.dup(0)
    table.dup2(0, 1)
    expect(texts()).toEqual(['handle 0', 'handle 1'])
    const fork = table.deepClone()
    expect(texts()).toEqual(['handle 0', 'handle 1', 'handle 0', 'handle 1'])
    fork.dispose()
    const removed = table.remove(1)
    expect(texts()).toEqual(['handle 0', 'reference'])
    removed?.release()
    const reservation = table.reserve()
    expect(texts()).toEqual(['handle 0'])
    reservation.fill(kind.open(2))
    expect(texts()).toEqual(['handle 0', 'handle 1'])
    const objects = [kind.open(3), kind.open(4)]
    expect(() => table.insertAll(objects)).toThrow(/EMFILE/)
    expect(texts()).toEqual(['handle 0', 'handle 1', 'reference', 'reference'])
    for (const object of objects) object.release()
    table.dispose()
    expect(texts()).toEqual([])
  })

  it('counts what get and cloneForDup gave, and what a borrow lent does not count', () => {
    track()
    const table = new HandleTable()
    table.insert(kind.open(1))
    const got = [table.get(0), table.cloneForDup(0)]
    table.withObject(0, () => undefined)
    expect(texts()).toEqual(['handle 0', 'reference', 'reference'])
    for (const reference of got) reference?.release()
    expect(texts()).toEqual(['handle 0'])
  })

  it('does not see what was made before, nor what comes after stop', () => {
    const before = kind.open(1)
    track()
    before.release()
    kind.open(2)
    tracker?.stop()
    kind.open(3)
    expect(texts()).toEqual(['reference'])
  })

  it("shows more than ten calls, and leaves the engine's limit as it was", () => {
    const { stackTraceLimit } = Error
    track()
    const deep = (n: number): KernelObject => (n === 0 ? kind.open(1) : deep(n - 1))
    deep(15)
    expect(tracker?.leaks()[0]?.stack.match(/deep/g)).toHaveLength(16)
    expect(Error.stackTraceLimit).toBe(stackTraceLimit)
  })
})

describe('tracking', () => {
  it('is one at a time: a second tracker is EBUSY until the first was stopped', () => {
    track()
    expect(() => trackLeaks()).toThrow(/^EBUSY/)
    tracker?.stop()
    const second = trackLeaks()
    tracker?.stop()
    expect(observer, 'a tracker that was stopped before does not stop the next').toBeDefined()
    second.stop()
    expect(observer).toBeUndefined()
  })

  it('is off unless it was begun', () => {
    expect(observer).toBeUndefined()
  })

  it('refuses options of the wrong shape, and does not begin', () => {
    for (const options of [null, 7, { report: 5 }, { FinalizationRegistry: {} }]) {
      expect(() => trackLeaks(options as never)).toThrow(/^EINVAL/)
    }
    expect(observer).toBeUndefined()
  })
})

describe('an owner that is collected without being disposed of', () => {
  /** An engine that collects when it is told to. */
  class Collector {
    static registered = new Map<unknown, Leak>()
    static collect: (leak: Leak) => void = () => {}
    constructor(collected: (leak: Leak) => void) {
      Collector.registered.clear()
      Collector.collect = collected
    }
    register(target: WeakKey, leak: Leak) {
      Collector.registered.set(target, leak)
    }
    unregister(target: WeakKey) {
      return Collector.registered.delete(target)
    }
  }

  it('is reported, and a leak from then on', () => {
    const reported: Leak[] = []
    track({ report: (leak) => reported.push(leak), FinalizationRegistry: Collector })
    const table = new HandleTable()
    const clone = table.clone()
    expect([...Collector.registered.keys()]).toEqual([table, clone])
    expect(texts()).toEqual([])
    Collector.collect(Collector.registered.get(clone)!)
    expect(texts()).toEqual(['owner'])
    expect(reported).toEqual(tracker?.leaks())
    expect(reported[0]).toMatchObject({ what: 'owner', text: 'a HandleTable was collected without being disposed of' })
    expect(reported[0]?.stack).toContain('clone')
  })

  it('is forgotten when it was disposed of', () => {
    track({ FinalizationRegistry: Collector })
    new HandleTable().dispose()
    expect(Collector.registered.size).toBe(0)
  })

  it('is not reported by a tracker that was stopped', () => {
    const report = vi.fn()
    track({ report, FinalizationRegistry: Collector })
    const table = new HandleTable()
    tracker?.stop()
    Collector.collect(Collector.registered.get(table)!)
    expect(report).not.toHaveBeenCalled()
  })

  it('is warned of, unless somebody else is told', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined)
    track({ FinalizationRegistry: Collector })
    const table = new HandleTable()
    Collector.collect(Collector.registered.get(table)!)
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/^a HandleTable was collected.*made\n +at /))
    warn.mockRestore()
  })

  it('is found by the engine itself', async () => {
    setFlagsFromString('--expose-gc')
    const gc = runInNewContext('gc') as () => void
    let tell: (leak: Leak) => void = () => {}
    const told = new Promise<Leak>((resolve) => (tell = resolve))
    track({
      report: (leak) => {
        tell(leak)
      },
    })
    const disposed = new HandleTable()
    disposed.dispose()
    dropAnOwner()
    const collecting = setInterval(gc, 1)
    const leak = await told
    clearInterval(collecting)
    expect(leak.stack).toContain('dropAnOwner')
    expect(texts()).toEqual(['handle 0', 'owner'])
  })
})

function makeReference(): KernelObject {
  return kind.open(1)
}

function dropAnOwner(): void {
  new HandleTable().insert(kind.open(1))
}
