import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { beginOperation, endOperation, IN, openObjectOf, readAsync, StreamOps, whenReady, type KernelObject } from '@ht/core'
import { createSharedMemory, createSharedTable } from '@ht/core/shared'
import { labOf } from './calls/lab-of.js'
import { labKind } from './calls/lab-kind.js'
import { endHome, newGate, startCaller, startHome, type TestHome } from './calls/start.js'

describe('threads that call each other', () => {
  const memory = createSharedMemory({ bytes: 16 * 1024 * 1024 })
  const table = createSharedTable(memory)
  let left: TestHome
  let right: TestHome

  beforeAll(async () => {
    left = await startHome(memory, table)
    right = await startHome(memory, table)
  })

  afterAll(async () => {
    await endHome(left)
    await endHome(right)
    table.dispose()
  })

  const using = <T>(handle: number, use: (object: KernelObject) => T): T => {
    const object = table.get(handle)!
    try {
      return use(object)
    } finally {
      object.release()
    }
  }

  it('a home calls an object that is at home in a third thread', () => {
    using(left.handle, (object) => {
      using(right.handle, (other) => {
        expect(labOf(object).addThere(other, 20, 22)).toBe(42)
      })
    })
  })

  it('a home calls back an object of the caller, which serves while it waits', () => {
    const mine = labKind(newGate()).open({ name: 'mine' })
    using(left.handle, (object) => {
      expect(labOf(object).addThere(mine, 1, 2)).toBe(3)
      expect(labOf(object).bounce(mine, object, 3)).toBe(3)
    })
    mine.release()
  })

  it('calls that are too deep are EDEADLK, and the next one works', () => {
    const mine = labKind(newGate()).open({ name: 'mine' })
    using(left.handle, (object) => {
      expect(() => labOf(object).bounce(mine, object, 30)).toThrow(/^EDEADLK: calls between threads are more than 3 deep/)
      expect(labOf(object).add(1, 2)).toBe(3)
      expect(openObjectOf(mine)).toMatchObject({ holders: 1, references: 1 })
    })
    mine.release()
  })

  it('two threads with objects of their own call each other at once, and both come to an end', async () => {
    const threads = [
      startCaller(memory, table, { handle: left.handle, peer: right.handle, task: 'bounce', times: 300 }),
      startCaller(memory, table, { handle: right.handle, peer: left.handle, task: 'bounce', times: 300 }),
    ]
    expect(await Promise.all(threads.map(({ answer }) => answer))).toEqual([600, 600])
    await Promise.all(threads.map(({ ended }) => ended))
    using(left.handle, (object) => {
      expect(openObjectOf(object)).toMatchObject({ holders: 1, references: 2 })
    })
  })

  it('many threads call one home at once, and each has its own answers', async () => {
    const threads = [100, 200, 300].map((times) => startCaller(memory, table, { handle: left.handle, task: 'addMany', times }))
    expect(await Promise.all(threads.map(({ answer }) => answer))).toEqual([100, 200, 300])
    await Promise.all(threads.map(({ ended }) => ended))
  })
})

describe('waiting for an object that is at home in another thread', () => {
  const memory = createSharedMemory({ bytes: 16 * 1024 * 1024 })
  const table = createSharedTable(memory)
  let home: TestHome
  let reader: KernelObject
  let writer: KernelObject

  beforeAll(async () => {
    home = await startHome(memory, table)
    const object = table.get(home.handle)!
    reader = labOf(object).makePipe() as KernelObject
    writer = labOf(object).takeWriter() as KernelObject
    object.release()
  })

  afterAll(async () => {
    reader.release()
    writer.release()
    await endHome(home)
    table.dispose()
  })

  const send = (...bytes: number[]) => writer.as(StreamOps)?.write(Uint8Array.from(bytes))

  it('a promise to read is kept when something was written', async () => {
    const buffer = new Uint8Array(8)
    const read = readAsync(reader, buffer)
    // The first attempt has been made, and found nothing.
    await Promise.resolve()
    send(1, 2, 3)
    expect(await read).toBe(3)
    expect([...buffer.subarray(0, 3)]).toEqual([1, 2, 3])
  })

  it('readiness that comes later is told', async () => {
    const ready = whenReady(reader, IN)
    await Promise.resolve()
    send(4)
    expect((await ready) & IN).toBe(IN)
    expect(reader.as(StreamOps)?.read(new Uint8Array(8))).toBe(1)
  })

  it('a thread that blocks in a read wakes when something was written', async () => {
    const handle = table.insertAll([reader])[0]!
    reader = table.get(handle)!
    const operations = () => openObjectOf(reader)
    const blocked = startCaller(memory, table, { handle, task: 'read' })
    // Held by the handle, by this thread, by the other one's reference, and by its read, which has begun.
    while (operations().references < 4) await new Promise(setImmediate)
    send(9, 8)
    expect(await blocked.answer).toEqual([2, 9, 8, true])
    await blocked.ended
    table.close(handle)
  })

  it('an operation under way keeps the object though its home is elsewhere', () => {
    const open = openObjectOf(reader)
    beginOperation(open)
    expect(open.references).toBe(2)
    endOperation(open)
    expect(open.references).toBe(1)
  })
})
