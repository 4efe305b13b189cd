import { setTimeout as later } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readAsync, StreamOps, writeAsync, type KernelObject } from '@ht/core'
import { readSync } from '@ht/core/shared'
import { EAGAIN } from '../../src/errors/numbers.js'
import { CALL_LEVELS, H_SERVER, HEADER_WORDS, T_INBOX, THREAD_WORDS } from '../../src/shared/words/layout.js'
import { labKind } from './calls/lab-kind.js'
import { labOf } from './calls/lab-of.js'
import { idleEntries, Scene } from './calls/scene.js'
import { endHome, newGate, openGate, PATIENCE_MS, startCaller, startHome, untilHeld } from './calls/start.js'

const streamOf = (object: KernelObject) => object.as(StreamOps)!
const bytesOf = (text: string) => new TextEncoder().encode(text)

describe('a call of the thread that serves whose home does not answer in time', () => {
  let scene: Scene

  beforeEach(async () => {
    scene = await new Scene().start()
    // What is given up by a timer is so only in the tests of that.
    scene.memory.patienceMs = PATIENCE_MS
  })

  afterEach(async () => {
    openGate(scene.gate)
    await scene.end()
  })

  /** Makes a call until its home is in the middle of it. */
  function makeUnanswered(call: () => unknown, thread = scene.memory.thread): void {
    const before = idleEntries(scene.memory, thread)
    scene.memory.callPatience.most = 5
    do expect(call()).toBe(-EAGAIN)
    while (idleEntries(scene.memory, thread) === before)
  }

  /** Lets homes go on, and waits for their answers from now on. */
  function letGo(gate = scene.gate): void {
    openGate(gate)
    scene.memory.callPatience.most = PATIENCE_MS
  }

  /** A stream that is at home in the other thread. */
  function makeStream(sort: 'held' | 'dry'): KernelObject {
    const lab = scene.table.get(scene.home.handle)!
    const stream = labOf(lab).makeStream(sort) as KernelObject
    lab.release()
    return stream
  }

  /** Every sleep of this thread from now on: for how long it was to be, and was. */
  function watchSleeps(before?: (ms: number) => void): { asked: number; slept: number }[] {
    const { waits } = scene.memory
    const sleeps: { asked: number; slept: number }[] = []
    const sleep = waits.sleep.bind(waits)
    waits.sleep = (seen, asked) => {
      // This thread would never wake up again.
      if (asked === Infinity) throw new Error('a sleep without end')
      before?.(asked)
      const start = performance.now()
      sleep(seen, asked)
      sleeps.push({ asked, slept: performance.now() - start })
    }
    return sleeps
  }

  it('is not begun any more, ten times: EAGAIN each time, and nothing is lost', async () => {
    const caller = startCaller(scene.memory, scene.table, { handle: scene.home.handle, task: 'hold' })
    await untilHeld(scene.gate, 1)
    scene.memory.callPatience.most = 5
    await scene.withObject(async (object) => {
      for (let i = 0; i < 10; i++) expect(labOf(object).make('never made')).toBe(-EAGAIN)
      expect(idleEntries(scene.memory, 0)).toBe(CALL_LEVELS)
      letGo()
      await caller.ended
      expect(await answerOf(() => labOf(object).add(1, 1))).toBe(2)
    })
    expect([scene.pagesUsed, scene.recordsUsed]).toEqual([scene.pages, scene.records])
  })

  it('and is in the middle of it: EAGAIN, and the same call made again takes the answer', async () => {
    await scene.withObject(async (object) => {
      const lab = labOf(object)
      for (let round = 0; round < 3; round++) {
        scene.gate.fill(0)
        makeUnanswered(() => lab.holdAndMake('late'))
        expect(lab.holdAndMake('late')).toBe(-EAGAIN)
        // It is in the middle of one call, and begins no other one: not with other arguments, and no other method.
        expect(lab.holdAndMake('another')).toBe(-EAGAIN)
        expect(lab.add(1, 1)).toBe(-EAGAIN)
        expect(idleEntries(scene.memory, 0)).toBe(CALL_LEVELS - 1)
        letGo()
        const made = (await answerOf(() => lab.holdAndMake('late'))) as KernelObject
        expect(labOf(made).name()).toBe('late')
        expect(idleEntries(scene.memory, 0)).toBe(CALL_LEVELS)
        made.release()
        expect(lab.add(1, 1)).toBe(2)
      }
    })
    expect(scene.recordsUsed).toBe(scene.records)
  })

  it('is another one with other bytes, also of the same buffer: each is carried out, and has its own answer', async () => {
    const stream = makeStream('held')
    const buffer = bytesOf('first')
    makeUnanswered(() => streamOf(stream).write(buffer))
    buffer.set(bytesOf('other'))
    letGo()
    // The answer to the first one is there.
    while (scene.memory.words[inboxOf(scene.home.thread)] !== 0) await later(1)
    for (let i = 0; i < 10; i++) expect(streamOf(stream).write(buffer)).toBe(-EAGAIN)
    expect(await answerOf(() => streamOf(stream).write(bytesOf('first')))).toBe(5)
    expect(await answerOf(() => streamOf(stream).write(buffer))).toBe(5)
    await scene.withObject((lab) => {
      expect(labOf(lab).log()).toBe('write:first write:other')
    })
    stream.release()
  })

  it('is another one with another object', async () => {
    const [given, other] = [labKind(newGate()).open({ name: 'given' }), labKind(newGate()).open({ name: 'other' })]
    await scene.withObject(async (object) => {
      makeUnanswered(() => labOf(object).holdWith(given))
      letGo()
      await later(1)
      expect(labOf(object).holdWith(other)).toBe(-EAGAIN)
      expect(() => labOf(object).holdWith(undefined as never)).toThrow(/^EINVAL: argument 1 must be a KernelObject/)
      expect(await answerOf(() => labOf(object).holdWith(given))).toBe(7)
    })
    for (const object of [given, other]) {
      object.release()
      expect(object.isLive).toBe(false)
    }
  })

  it('is given up when it is not made again, without another call: what it has taken and what it was given are let go', async () => {
    const given = labKind(newGate()).open({ name: 'given' })
    await scene.withObject(async (object) => {
      makeUnanswered(() => labOf(object).holdAndMake('forgotten'))
      scene.memory.patienceMs = 200
      // It is kept for as long as it was to be when it was last made.
      expect(labOf(object).holdAndMake('forgotten')).toBe(-EAGAIN)
      letGo()
      await until(() => idleEntries(scene.memory, 0) === CALL_LEVELS)
      await answerOf(() => labOf(object).add(1, 1))
      scene.gate.fill(0)
      makeUnanswered(() => labOf(object).holdWith(given))
      given.release()
      await until(() => idleEntries(scene.memory, 0) === CALL_LEVELS)
      expect(given.isLive).toBe(false)
      letGo()
      // The home has done with it, and holds the object no longer.
      await answerOf(() => labOf(object).add(1, 1))
    })
    await until(() => scene.recordsUsed === scene.records && scene.pagesUsed === scene.pages)
  })

  it.each(['read', 'write'])(
    'is asked for by the form that waits for as long as it takes, and is carried out once (%s)',
    async (what) => {
      const stream = makeStream('held')
      const { memory } = scene
      memory.callPatience.most = 5
      // Many times this is less than the home takes.
      memory.patienceMs = 100
      let rounds = 0
      const tellAll = memory.waits.tellAll.bind(memory.waits)
      memory.waits.tellAll = () => {
        rounds++
        tellAll()
      }
      const buffer = bytesOf('A')
      const done = what === 'read' ? readAsync(stream, buffer) : writeAsync(stream, buffer)
      await untilHeld(scene.gate, 1)
      const before = rounds
      await until(() => rounds >= before + 5)
      letGo()
      expect(await done).toBe(1)
      if (what === 'read') expect(buffer[0]).toBe(0)
      await scene.withObject(async (lab) => {
        expect(await answerOf(() => labOf(lab).log())).toBe(what === 'read' ? 'read' : 'write:A')
      })
      stream.release()
    },
  )

  it('keeps no thread from calls to homes that come to answer, however many homes are busy', async () => {
    const { memory, table } = scene
    const gate = newGate()
    const homes = await Promise.all([1, 2, 3].map(() => startHome(memory, table, gate)))
    const steady = await startHome(memory, table)
    memory.steady.add(steady.thread)
    const objects = homes.map(({ handle }) => table.get(handle)!)
    for (const object of objects) makeUnanswered(() => labOf(object).hold())
    memory.callPatience.most = PATIENCE_MS
    // One more is not begun, since it could be kept as well.
    await scene.withObject((object) => {
      for (let i = 0; i < 3; i++) expect(labOf(object).add(1, 1)).toBe(-EAGAIN)
    })
    const idle = table.get(steady.handle)!
    for (let i = 0; i < 3; i++) expect(labOf(idle).add(i, 1)).toBe(i + 1)
    letGo(gate)
    for (const object of objects) expect(await answerOf(() => labOf(object).hold())).toBe(7)
    await scene.withObject((object) => {
      expect(labOf(object).add(1, 1)).toBe(2)
    })
    for (const object of [...objects, idle]) object.release()
    await Promise.all([...homes, steady].map((home) => endHome(home)))
  })

  it('is not waited for again, nor is any other of that home, before the home comes to answer', async () => {
    const stream = makeStream('held')
    await scene.withObject(async (object) => {
      makeUnanswered(() => streamOf(stream).read(new Uint8Array(1)))
      scene.memory.callPatience.most = PATIENCE_MS
      const { waits } = scene.memory
      const sleep = waits.sleep.bind(waits)
      watchSleeps(() => {
        throw new Error('it is waited for')
      })
      for (let i = 0; i < 20; i++) {
        expect(streamOf(stream).read(new Uint8Array(1))).toBe(-EAGAIN)
        expect(labOf(object).add(1, 1)).toBe(-EAGAIN)
      }
      waits.sleep = sleep
      letGo()
      expect(await answerOf(() => streamOf(stream).read(new Uint8Array(1)))).toBe(1)
      expect(await answerOf(() => labOf(object).add(1, 1))).toBe(2)
      // It is waited for as before.
      expect(labOf(object).add(1, 1)).toBe(2)
    })
    stream.release()
  })

  it('sleeps for 50 ms and half of the time that passes in all, however many calls are made', async () => {
    const caller = startCaller(scene.memory, scene.table, { handle: scene.home.handle, task: 'hold' })
    await untilHeld(scene.gate, 1)
    const { callPatience, words } = scene.memory
    callPatience.most = 50
    await scene.withObject((object) => {
      const begin = performance.now()
      const sleeps = watchSleeps()
      for (let i = 0; i < 20 || sleeps.length === 0; i++) {
        expect(labOf(object).add(1, 1)).toBe(-EAGAIN)
        // As a home does that comes to answer, and does not.
        Atomics.store(words, inboxOf(scene.home.thread), 0)
      }
      // It may have overslept: that is the machine's.
      const slept = sleeps.reduce((sum, { asked, slept }) => sum + Math.min(asked, slept), 0)
      expect(slept).toBeLessThanOrEqual(50 + (performance.now() - begin) / 2)
    })
    callPatience.most = PATIENCE_MS
    openGate(scene.gate)
    await caller.ended
  })

  it('is waited for briefly by the kernel’s thread, also when a worker has overwritten the word that says which one serves', async () => {
    const { memory } = scene
    watchSleeps()
    memory.words[H_SERVER] = 7
    await scene.withObject(async (object) => {
      makeUnanswered(() => labOf(object).hold())
      expect(scene.table.getObjectInfo(scene.home.handle)?.description).toBe('(at home in thread 1)')
      letGo()
      expect(await answerOf(() => labOf(object).hold())).toBe(7)
    })
  })

  it('and runs no program: it is waited for longer, and ETIMEDOUT says how long', async () => {
    const { memory } = scene
    memory.steady.add(scene.home.thread)
    memory.callPatience.most = 0
    await scene.withObject((object) => {
      expect(labOf(object).add(1, 1)).toBe(2)
      memory.patienceMs = 20
      expect(() => labOf(object).hold()).toThrow(
        /^ETIMEDOUT: thread 1, where the object is at home, has not answered for 20 ms, hold/,
      )
    })
  })

  it('is made again by the form that waits, without blocking, until there is an answer', async () => {
    const lab = scene.table.get(scene.home.handle)!
    const reader = labOf(lab).makePipe() as KernelObject
    const writer = labOf(lab).takeWriter() as KernelObject
    expect(streamOf(writer).write(new Uint8Array([7]))).toBe(1)
    const caller = startCaller(scene.memory, scene.table, { handle: scene.home.handle, task: 'hold' })
    await untilHeld(scene.gate, 1)
    scene.memory.callPatience.most = 5
    expect(streamOf(reader).read(new Uint8Array(1))).toBe(-EAGAIN)
    const buffer = new Uint8Array(1)
    const read = readAsync(reader, buffer)
    // This thread goes on, and lets the home go on.
    setTimeout(() => {
      letGo()
    }, 20)
    expect([await read, buffer[0]]).toEqual([1, 7])
    scene.memory.callPatience.most = PATIENCE_MS
    await caller.ended
    for (const object of [reader, writer, lab]) object.release()
  })

  it('is made again by the form that blocks, until there is an answer', async () => {
    const lab = scene.table.get(scene.home.handle)!
    const reader = labOf(lab).makePipe() as KernelObject
    const writer = labOf(lab).takeWriter() as KernelObject
    expect(streamOf(writer).write(new Uint8Array([7]))).toBe(1)
    const caller = startCaller(scene.memory, scene.table, { handle: scene.home.handle, task: 'hold' })
    await untilHeld(scene.gate, 1)
    scene.memory.callPatience.most = 5
    const sleeps = watchSleeps((ms) => {
      // It does not wait for an answer then, but until it asks again.
      if (ms > 5) openGate(scene.gate)
    })
    const buffer = new Uint8Array(1)
    expect([readSync(reader, buffer), buffer[0]]).toEqual([1, 7])
    expect(sleeps.length).toBeGreaterThan(0)
    scene.memory.callPatience.most = PATIENCE_MS
    await caller.ended
    for (const object of [reader, writer, lab]) object.release()
  })

  it('is not what an EAGAIN of the method itself comes of: without readiness, that is the answer of the form that waits', async () => {
    const stream = makeStream('dry')
    await expect(readAsync(stream, new Uint8Array(1))).rejects.toThrow(/^EAGAIN/)
    stream.release()
  })

  function inboxOf(home: number): number {
    return HEADER_WORDS + home * THREAD_WORDS + T_INBOX
  }
})

/** The answer of a call that may be EAGAIN many times before. */
async function answerOf(call: () => unknown): Promise<unknown> {
  for (;;) {
    const answer = call()
    if (answer !== -EAGAIN) return answer
    await later(1)
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await later(1)
}
