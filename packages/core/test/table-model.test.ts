import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HandleTable, type KernelObject } from '../src/index.js'
import { countingKind, type Counts } from './counting-kind.js'

/*
 * Tables that are shared, forked and limited, against the simplest model that can be right: a Map of
 * numbers for each table, and for each object the number of its holders.
 */

interface ModelTable {
  handles: Map<number, { object: number; closeOnExec: boolean }>
  owners: number
  limit: number
}

interface Owner {
  table: HandleTable
  model: ModelTable
}

const CAPACITY = 40
const STEPS_A_RUN = 250
const RUNS = 420

const kind = countingKind()

class World {
  owners: Owner[] = []
  objects: Counts[] = []
  holders: number[] = []
  steps = 0

  constructor() {
    this.owners.push(this.#newOwner())
  }

  step(what: number, a: number, b: number, c: number): void {
    this.steps++
    if (this.owners.length === 0) this.owners.push(this.#newOwner())
    const owner = this.owners[a % this.owners.length]!
    const { table, model } = owner
    const handle = b % (CAPACITY + 3)
    const other = c % (CAPACITY + 3)
    switch (what) {
      case 0: {
        const { object, id } = this.#newObject()
        const expected = free(model, 0)
        const result = table.insertErrno(object)
        expect(result).toBe(expected < 0 ? -24 : expected)
        if (result >= 0) model.handles.set(result, { object: id, closeOnExec: false })
        else this.#release(object, id)
        return
      }
      case 1: {
        const entry = model.handles.get(handle)
        expect(table.closeErrno(handle)).toBe(entry ? 0 : -9)
        if (entry) this.#drop(model, handle)
        return
      }
      case 2: {
        const entry = model.handles.get(handle)
        const badMinimum = other !== 0 && other >= model.limit
        const expected = free(model, other)
        const result = table.dupErrno(handle, other, c % 2 === 0)
        expect(result).toBe(!entry ? -9 : badMinimum ? -22 : expected < 0 ? -24 : expected)
        if (entry && result >= 0) this.#hold(model, result, entry.object, c % 2 === 0)
        return
      }
      case 3: {
        const entry = model.handles.get(handle)
        const result = table.dup2Errno(handle, other)
        if (handle === other) expect(result).toBe(entry ? handle : -9)
        else if (other >= model.limit || !entry) expect(result).toBe(-9)
        else {
          expect(result).toBe(other)
          this.#put(model, other, entry.object, false)
        }
        return
      }
      case 4: {
        const entry = model.handles.get(handle)
        const reference = table.get(handle)
        expect(reference !== undefined).toBe(entry !== undefined)
        if (reference === undefined || entry === undefined) return
        if (other >= model.limit) {
          expect(table.replaceErrno(other, reference)).toBe(-9)
          reference.release()
          return
        }
        expect(table.replaceErrno(other, reference)).toBe(other)
        this.#put(model, other, entry.object, false)
        return
      }
      case 5: {
        if (this.owners.length >= 6) return
        this.owners.push({ table: table.clone(), model })
        model.owners++
        return
      }
      case 6: {
        if (this.owners.length >= 6) return
        const copy: ModelTable = { handles: new Map(), owners: 1, limit: model.limit }
        this.owners.push({ table: table.deepClone(), model: copy })
        for (const [n, entry] of model.handles) this.#hold(copy, n, entry.object, entry.closeOnExec)
        return
      }
      case 7: {
        table.dispose()
        this.owners.splice(this.owners.indexOf(owner), 1)
        this.#leave(model)
        return
      }
      case 8: {
        const limit = b % (CAPACITY + 1)
        table.setLimit(limit)
        model.limit = limit
        return
      }
      case 9: {
        const [first, last] = [Math.min(handle, other), Math.max(handle, other)]
        if (c % 3 === 0) {
          table.closeRange(first, last)
          for (const n of [...model.handles.keys()]) if (n >= first && n <= last) this.#drop(model, n)
        } else {
          table.setCloseOnExecRange(first, last)
          for (const [n, entry] of model.handles) if (n >= first && n <= last) entry.closeOnExec = true
        }
        return
      }
      case 10: {
        table.closeOnExec()
        for (const [n, entry] of [...model.handles]) if (entry.closeOnExec) this.#drop(model, n)
        return
      }
      case 11: {
        const made = [this.#newObject(), this.#newObject()]
        const first = free(model, 0)
        const fits = first >= 0 && free(model, first + 1) >= 0
        let handles: number[] = []
        try {
          handles = table.insertAll(made.map(({ object }) => object))
        } catch {
          for (const { object, id } of made) this.#release(object, id)
        }
        expect(handles).toEqual(fits ? [first, free(model, first + 1)] : [])
        handles.forEach((n, i) => model.handles.set(n, { object: made[i]!.id, closeOnExec: false }))
        return
      }
      case 12: {
        const from = this.owners[c % this.owners.length]!
        const left = owner.model
        table.cloneFrom(from.table)
        if (left === from.model) return
        owner.model = from.model
        from.model.owners++
        this.#leave(left)
        return
      }
      default: {
        const removed = table.remove(handle)
        const entry = model.handles.get(handle)
        expect(removed !== undefined).toBe(entry !== undefined)
        if (removed === undefined || entry === undefined) return
        model.handles.delete(handle)
        this.#release(removed, entry.object)
      }
    }
  }

  check(): void {
    for (const { table, model } of this.owners) {
      expect(table.activeHandles()).toEqual([...model.handles.keys()].sort((x, y) => x - y))
      expect(table.openCount()).toBe(model.handles.size)
      expect(table.isSoleOwner()).toBe(model.owners === 1)
      for (const [n, entry] of model.handles) {
        expect(table.isCloseOnExec(n)).toBe(entry.closeOnExec)
        expect(table.getObjectInfo(n)?.holders).toBe(this.holders[entry.object])
      }
    }
    this.objects.forEach((counts, id) => {
      expect(counts.releases).toBe(this.holders[id] === 0 ? 1 : 0)
      expect(1 + counts.clones - counts.drops).toBe(this.holders[id])
    })
  }

  end(): void {
    for (const { table } of this.owners) table.dispose()
    expect(this.objects.every((counts) => counts.releases === 1 && counts.drops === counts.clones + 1)).toBe(true)
  }

  #newOwner(): Owner {
    return {
      table: new HandleTable({ capacity: CAPACITY }),
      model: { handles: new Map(), owners: 1, limit: CAPACITY },
    }
  }

  #newObject(): { object: KernelObject; id: number } {
    const counts: Counts = { clones: 0, drops: 0, releases: 0 }
    const id = this.objects.push(counts) - 1
    this.holders[id] = 1
    return { object: kind.open(counts), id }
  }

  #release(object: KernelObject, id: number): void {
    object.release()
    this.holders[id]!--
  }

  #hold(model: ModelTable, handle: number, object: number, closeOnExec: boolean): void {
    model.handles.set(handle, { object, closeOnExec })
    this.holders[object]!++
  }

  #put(model: ModelTable, handle: number, object: number, closeOnExec: boolean): void {
    this.holders[object]!++
    if (model.handles.has(handle)) this.#drop(model, handle)
    model.handles.set(handle, { object, closeOnExec })
  }

  #drop(model: ModelTable, handle: number): void {
    this.holders[model.handles.get(handle)!.object]!--
    model.handles.delete(handle)
  }

  #leave(model: ModelTable): void {
    if (--model.owners === 0) for (const n of [...model.handles.keys()]) this.#drop(model, n)
  }
}

/** The lowest free number at or above a minimum and below the limit, or −1. */
function free(model: ModelTable, minimum: number): number {
  for (let n = minimum; n < model.limit; n++) if (!model.handles.has(n)) return n
  return -1
}

describe('tables that are shared, forked and limited', () => {
  it('agree with a simple model through 100,000 random operations', () => {
    let steps = 0
    const step = fc.tuple(fc.nat(13), fc.nat(1000), fc.nat(1000), fc.nat(1000))
    fc.assert(
      fc.property(fc.array(step, { minLength: STEPS_A_RUN, maxLength: STEPS_A_RUN }), (sequence) => {
        const world = new World()
        sequence.forEach(([what, a, b, c], i) => {
          world.step(what, a, b, c)
          if (i % 50 === 0) world.check()
        })
        world.check()
        world.end()
        steps += world.steps
      }),
      { numRuns: RUNS },
    )
    expect(steps).toBeGreaterThanOrEqual(100_000)
  })
})
