import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ERR, HUP, openObjectOf, readiness, type KernelObject } from '@ht/core'
import { entryOf, PENDING, stateOf } from '../../src/shared/calls/entry.js'
import { CALL_LEVELS } from '../../src/shared/words/layout.js'
import { labOf } from './calls/lab-of.js'
import { idleEntries, Scene } from './calls/scene.js'
import { endHome, newGate, openGate, startCaller, startHome, untilHeld } from './calls/start.js'
import type { SharedMemory } from '@ht/core/shared'

describe('a call whose caller ends', () => {
  let scene: Scene

  beforeAll(async () => {
    scene = await new Scene().start()
  })

  beforeEach(() => {
    scene.gate.fill(0)
  })

  afterAll(() => scene.end())

  it('the home goes on, and what the call used is given back', async () => {
    await scene.endCaller({ task: 'hold' })
    openGate(scene.gate)
    await scene.withObject((object) => {
      expect(labOf(object).add(1, 2)).toBe(3)
      expect(scene.pagesUsed).toBe(scene.pages)
      expect(openObjectOf(object)).toMatchObject({ holders: 1, references: 2 })
    })
  })

  it('an object that was to be its answer is released at home', async () => {
    await scene.endCaller({ task: 'holdAndMake' })
    openGate(scene.gate)
    await scene.withObject((object) => {
      expect(labOf(object).log()).toMatch(/drop:for the dead:0 release:for the dead$/)
    })
    expect(scene.recordsUsed).toBe(scene.records)
  })

  it('the number of the caller is used again, and the calls of that thread are answered', async () => {
    const caller = await scene.endCaller({ task: 'hold' })
    const next = startCaller(scene.memory, scene.table, { handle: scene.home.handle, task: 'addMany', times: 10 })
    expect(next.thread).toBe(caller.thread)
    openGate(scene.gate)
    expect(await next.answer).toBe(10)
    await next.ended
  })

  const steps = ['call: pending', 'call: answered']
  it.each(steps)('at "%s": neither the object of an answer nor pages are lost', async (stop) => {
    const stopped = newGate()
    await scene.endCaller({ task: 'make', stop, gate: stopped }, stopped)
    await scene.withObject((object) => {
      const made = /(drop:for the dead:0 release:for the dead)/g
      expect(labOf(object).log().toString().replaceAll(made, '').trim()).toBe('')
      expect(openObjectOf(object)).toMatchObject({ holders: 1, references: 2 })
      expect(scene.pagesUsed).toBe(scene.pages)
    })
    expect(scene.recordsUsed).toBe(scene.records)
  })

  it('a long answer that it has not read is given back', async () => {
    const stopped = newGate()
    await scene.endCaller({ task: 'text', stop: 'call: answered', gate: stopped }, stopped)
    expect(scene.pagesUsed).toBe(scene.pages)
  })

  it('four that end while their calls wait leave the next one of that number all of its calls', async () => {
    const holder = startCaller(scene.memory, scene.table, { handle: scene.home.handle, task: 'hold' })
    await untilHeld(scene.gate, 1)
    for (let i = 0; i < 4; i++) {
      const caller = startCaller(scene.memory, scene.table, { handle: scene.home.handle, task: 'make' })
      await untilPending(scene.memory, caller.thread)
      await caller.worker.terminate()
      await caller.ended
    }
    const next = startCaller(scene.memory, scene.table, { handle: scene.home.handle, task: 'addMany', times: 10 })
    openGate(scene.gate)
    expect(await next.answer).toBe(10)
    expect(await holder.answer).toBe(7)
    await Promise.all([next.ended, holder.ended])
    expect(scene.pagesUsed).toBe(scene.pages)
  })

  it('the next one of its number has all of its calls while the home is still busy with the dead one’s', async () => {
    const dead = await scene.endCaller({ task: 'hold' })
    expect(idleEntries(scene.memory, dead.thread)).toBe(CALL_LEVELS)
    const next = startCaller(scene.memory, scene.table, { handle: scene.home.handle, task: 'make' })
    expect(next.thread).toBe(dead.thread)
    await untilPending(scene.memory, next.thread)
    // The home comes back to an entry that has another call by now.
    openGate(scene.gate)
    expect(await next.answer).toBe('object')
    await next.ended
    await scene.withObject((object) => {
      expect(labOf(object).add(1, 2)).toBe(3)
    })
    expect(scene.pagesUsed).toBe(scene.pages)
    expect(scene.recordsUsed).toBe(scene.records)
  })

  it('a home that dies with calls that nobody waits for takes their pages along', async () => {
    const gate = newGate()
    const other = await startHome(scene.memory, scene.table, gate)
    const caller = startCaller(scene.memory, scene.table, { handle: other.handle, task: 'holdAndMake' })
    await untilHeld(gate, 1)
    await caller.worker.terminate()
    await caller.ended
    expect(scene.pagesUsed).toBeGreaterThan(scene.pages)
    await other.worker.terminate()
    await other.ended
    scene.table.close(other.handle)
    expect(scene.pagesUsed).toBe(scene.pages)
  })
})

describe('a call whose home ends', () => {
  let scene: Scene

  beforeEach(async () => {
    scene = await new Scene().start()
  })

  afterEach(() => scene.end())

  it('the home ends: the caller has EIO, and the object can be closed', async () => {
    const caller = startCaller(scene.memory, scene.table, { handle: scene.home.handle, task: 'hold' })
    await untilHeld(scene.gate, 1)
    await scene.home.worker.terminate()
    await scene.home.ended
    expect(await caller.answer).toBe(-5)
    await caller.ended
    expect(scene.pagesUsed).toBe(scene.pages)
    scene.table.close(scene.home.handle)
    expect(scene.recordsUsed).toBe(0)
  })

  it('the home has ended: calls answer EIO, it is ready with HUP and ERR, and is described, duplicated and closed', async () => {
    const object = scene.table.get(scene.home.handle)!
    expect(labOf(object).add(1, 1)).toBe(2)
    await scene.home.worker.terminate()
    await scene.home.ended
    expect(labOf(object).add(1, 1)).toBe(-5)
    expect(labOf(object).make('x')).toBe(-5)
    expect(scene.table.getObjectInfo(scene.home.handle)?.description).toBe('(its home thread has ended)')
    const copy = scene.table.dup(scene.home.handle)
    const again = scene.table.get(copy)!
    expect(labOf(again).name()).toBe(-5)
    again.release()
    scene.table.close(copy)
    scene.table.close(scene.home.handle)
    object.release()
    expect(scene.recordsUsed).toBe(0)
  })

  it('the home leaves by itself: its objects are released there, and others have EIO', async () => {
    const object = scene.table.get(scene.home.handle)!
    const made = labOf(object).make('left behind') as KernelObject
    await endHome(scene.home)
    expect(labOf(made).name()).toBe(-5)
    made.release()
    object.release()
  })

  it('readiness of an object whose home has ended', async () => {
    const reader = await new Promise<KernelObject>((resolve) => {
      void scene.withObject((object) => {
        resolve(labOf(object).makePipe() as KernelObject)
      })
    })
    expect(readiness(openObjectOf(reader))).toBe(0)
    await scene.home.worker.terminate()
    await scene.home.ended
    expect(readiness(openObjectOf(reader))).toBe(HUP | ERR)
    reader.release()
  })

  const homeSteps = ['call: executing', 'call: about to answer']
  for (const task of ['make', 'text'] as const) {
    it.each(homeSteps)(`a home that ends at "%s" of a call (${task}): EIO, and nothing is lost`, async (stop) => {
      const stopped = newGate()
      const other = await startHome(scene.memory, scene.table, stopped, stop)
      const caller = startCaller(scene.memory, scene.table, { handle: other.handle, task })
      await untilHeld(stopped, 1)
      await other.worker.terminate()
      await other.ended
      expect(await caller.answer).toBe(task === 'make' ? 'number' : -5)
      await caller.ended
      scene.table.close(other.handle)
      expect(scene.pagesUsed).toBe(scene.pages)
      expect(scene.recordsUsed).toBe(scene.records)
    })

    it(`caller and home end, in this order, in mid-call (${task}): nothing is lost`, async () => {
      const stopped = newGate()
      const other = await startHome(scene.memory, scene.table, stopped, 'call: about to answer')
      const caller = startCaller(scene.memory, scene.table, { handle: other.handle, task })
      await untilHeld(stopped, 1)
      await caller.worker.terminate()
      await caller.ended
      await other.worker.terminate()
      await other.ended
      scene.table.close(other.handle)
      expect(scene.pagesUsed).toBe(scene.pages)
      expect(scene.recordsUsed).toBe(scene.records)
    })
  }
})

/** Waits until a thread has a call that nobody has looked at. */
async function untilPending({ words }: SharedMemory, thread: number): Promise<void> {
  while (stateOf(Atomics.load(words, entryOf(thread, 0))) !== PENDING) await new Promise(setImmediate)
}
