import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { admitWorker, attachMemory, leaveMemory, memoryToken, share, type SharedMemory } from '@ht/core/shared'
import { SharedSlots } from '../../src/shared/table/shared-slots.js'
import { attachSlots } from '../../src/shared/table/shared-table.js'
import { joinMemory } from '../../src/shared/thread/attach-memory.js'
import { H_LOCK, H_SERVER, HEADER_WORDS, T_STATE, TABLE_LOCK, THREAD_WORDS } from '../../src/shared/words/layout.js'
import { acquire, release, WAITERS } from '../../src/shared/words/lock.js'
import { cleanUp } from '../../src/shared/thread/repair.js'
import { ownerOf, slotsOf } from '../../src/table/handle-table.js'
import { Watch } from '../../../../tooling/threads/watch.js'
import { changed, leftovers, makeWorld, settled, ThreadFile, useTable } from './death/scene.js'
import { DONE, HELD, type VictimData } from './death/victim.js'
import { kinds } from './death/witness-kind.js'
import type { World } from './death/programs.js'

const victim = new ThreadFile(new URL('./death/victim.ts', import.meta.url))
afterAll(() => {
  victim.remove()
})

const stateOfThread = ({ words }: SharedMemory, thread: number) => words[HEADER_WORDS + thread * THREAD_WORDS + T_STATE]

/** The lock of its table. */
function lockOf({ table }: World): number {
  const slots = slotsOf(table, 'table', 'test')
  if (!(slots instanceof SharedSlots)) throw new Error('it is in shared memory')
  return slots.at + TABLE_LOCK
}

describe('admitWorker', () => {
  it.each<[string, string]>([
    ['a module that does not load', 'throw new SyntaxError("no")'],
    ['a worker that never attached', ''],
    ['process.exit() before it attached', 'process.exit(7)'],
  ])('frees the number of %s', async (_, code) => {
    const { memory } = makeWorld()
    const worker = new Worker(code, { eval: true })
    worker.on('error', () => undefined)
    const { thread, cleaned } = admitWorker(memory, worker)
    expect(thread).toBe(1)
    await cleaned
    expect(stateOfThread(memory, thread)).toBe(0)
    expect(() => attachMemory({ ...memoryToken(memory, thread), id: memoryToken(memory).id })).not.toThrow()
  })

  it('refuses what is no worker, one that has ended, and a memory that was left', async () => {
    const { memory, table } = makeWorld()
    expect(() => admitWorker(memory, {} as never)).toThrow('worker must be a Worker')
    expect(() => admitWorker({} as never, {} as never)).toThrow('memory must be')
    const worker = new Worker('', { eval: true })
    await once(worker, 'exit')
    expect(() => admitWorker(memory, worker)).toThrow('the worker has ended')
    table.dispose()
    leaveMemory(memory)
    expect(() => admitWorker(memory, worker)).toThrow('left the shared memory')
  })

  it('cleans up after nobody else who has the number of one that left', async () => {
    const world = makeWorld()
    const worker = new Worker('require("worker_threads").parentPort.once("message", () => {})', { eval: true })
    const { thread, cleaned } = admitWorker(world.memory, worker)
    const first = joinMemory(world.memory.source, world.memory.words, thread, { kinds })
    leaveMemory(first)
    const second = joinMemory(world.memory.source, world.memory.words, undefined, { kinds })
    expect(second.thread).toBe(thread)
    const table = ownerOf(attachSlots(second, share(world.table), { kinds }))
    await worker.terminate()
    await cleaned
    expect(stateOfThread(world.memory, thread)).toBe(2)
    expect(table.isSoleOwner()).toBe(false)
    leaveMemory(second)
  })
})

describe('a lock of a thread that died', () => {
  it('is opened, and who waited for it goes on', async () => {
    const world = makeWorld()
    const start = (thread: number, held: number) => {
      const signal = new Int32Array(new SharedArrayBuffer(8))
      const given: VictimData = { token: share(world.table, thread), logs: world.logs, signal, program: 'setCloseOnExec', held }
      const worker = victim.start(given)
      return { signal, worker, ...admitWorker(world.memory, worker) }
    }
    // The first points are those of the lock: listed, and taken.
    const waiter = start(1, 0)
    expect(await changed(waiter.signal, 0)).toBe(HELD)
    const holder = start(2, 1)
    expect(await changed(holder.signal, 0)).toBe(HELD)
    const lock = lockOf(world)
    expect(world.memory.words[lock]).toBe(3)
    Atomics.store(waiter.signal, 1, 1)
    Atomics.notify(waiter.signal, 1)
    // It sleeps, or is about to, once it has marked the lock.
    while (world.memory.words[lock]! < WAITERS) await new Promise(setImmediate)
    await holder.worker.terminate()
    await holder.cleaned
    expect(await changed(waiter.signal, HELD)).toBe(DONE)
    expect(world.table.isCloseOnExec(1)).toBe(true)
    await waiter.cleaned
    useTable(world)
    world.table.dispose()
    await settled(world)
    expect(leftovers(world)).toEqual([])
  })

  it('is opened as soon as its exit is told, however many clean-ups wait for that', async () => {
    const world = makeWorld()
    const start = (thread: number, held: number) => {
      const signal = new Int32Array(new SharedArrayBuffer(8))
      const given: VictimData = { token: share(world.table, thread), logs: world.logs, signal, program: 'setCloseOnExec', held }
      const worker = victim.start(given)
      return { signal, worker, exited: new Watch(worker).exited, ...admitWorker(world.memory, worker) }
    }
    // The first points are those of the lock: listed, and taken.
    const others = [start(1, 0), start(2, 0), start(3, 0)]
    for (const { signal } of others) expect(await changed(signal, 0)).toBe(HELD)
    const holder = start(4, 1)
    expect(await changed(holder.signal, 0)).toBe(HELD)
    for (const { worker } of others) void worker.terminate()
    await Promise.all(others.map(({ exited }) => exited))
    void holder.worker.terminate()
    const stop = expectTurns(20)
    await Promise.all([...others, holder].map(({ cleaned }) => cleaned)).finally(stop)
    useTable(world)
    world.table.dispose()
    await settled(world)
    expect(leftovers(world)).toEqual([])
  })

  it.each([
    ['of the memory', H_LOCK],
    ['of a table', 0],
  ])('%s keeps a clean-up waiting until its holder is cleaned up after', async (_, which) => {
    const world = makeWorld()
    const { memory } = world
    const lock = which === 0 ? lockOf(world) : which
    const join = () => joinMemory(memory.source, memory.words, undefined, { kinds })
    const [first, second] = [join(), join()]
    const table = ownerOf(attachSlots(first, share(world.table), { kinds }))
    const reference = table.get(1)
    acquire(second, lock)
    expect(() => {
      cleanUp(memory, first.thread)
    }).toThrow('may be ending: try again')
    expect(stateOfThread(memory, first.thread)).toBe(3)
    cleanUp(memory, second.thread)
    cleanUp(memory, first.thread)
    first.attached = second.attached = false
    reference?.release()
    useTable(world)
    world.table.dispose()
    await settled(world)
    expect(leftovers(world)).toEqual([])
    expect(() => {
      release(memory, lock)
    }).not.toThrow()
  })
})

/** Has `setTimeout` throw if it was called so often in one turn of the event loop; gives what ends that. */
function expectTurns(calls: number): () => void {
  let turns = 0
  let turn = setImmediate(function next() {
    turns++
    turn = setImmediate(next)
  })
  const { setTimeout } = globalThis
  const calledAt: number[] = []
  const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation((...args) => {
    calledAt.push(turns)
    if (calledAt.at(-calls) === turns) throw new Error('the event loop does nothing else any more')
    return setTimeout(...args)
  })
  return () => {
    spy.mockRestore()
    clearImmediate(turn)
  }
}

describe('leaving', () => {
  it('hands serving over to a thread that is still there', () => {
    const { memory } = makeWorld()
    const other = joinMemory(memory.source, memory.words, undefined, { kinds })
    leaveMemory(memory)
    expect(memory.words[H_SERVER]).toBe(other.thread)
    leaveMemory(other)
  })

  it('makes references that are still had dead ones', () => {
    const world = makeWorld()
    const other = joinMemory(world.memory.source, world.memory.words, undefined, { kinds })
    const table = ownerOf(attachSlots(other, share(world.table), { kinds }))
    const reference = table.get(1)
    const closing = world.table.get(1)
    leaveMemory(other)
    reference?.release()
    world.table.close(1)
    expect(closing?.kindName).toBe('told-witness')
    closing?.release()
  })
})
