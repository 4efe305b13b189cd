import { once } from 'node:events'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { defineKind, HandleTable, type Handle } from '@ht/core'
import { attach, createSharedMemory, createSharedTable, openShared, share, type TableToken } from '@ht/core/shared'
import wabt from 'wabt'
import { compare } from '../../../tooling/bench/measure.js'

/*
 * What a table costs that threads share, beside the table of one thread and beside bare atomic steps of the same
 * memory by the same way, which is a call into WebAssembly. Nothing here waits, so nothing spins. Every loop uses
 * what it gets. A second thread borrows the same handle all the time where that is said.
 */

const kind = defineKind<number>({ name: 'bench', shared: { attach: (_memory, at) => at } })
const one = () => 1

if (isMainThread) await main()
else await disturb(workerData as { token: TableToken; stop: Int32Array })

async function main(): Promise<void> {
  const memory = createSharedMemory({ kinds: [kind] })
  const shared = createSharedTable(memory)
  const alone = new HandleTable()
  for (let i = 0; i < 64; i++) {
    shared.insert(openShared(memory, kind))
    alone.insert(kind.open(i))
  }
  const bare = await bareSteps(memory.source as WebAssembly.Memory)
  // A word that nobody uses.
  const word = memory.words.length - 1

  const borrow = (table: HandleTable) => (count: number) => {
    let sum = 0
    for (let i = 0; i < count; i++) sum += table.withObject(i & 63, one) ?? 0
    return sum
  }
  const borrowOne = (handle: Handle) => (count: number) => {
    let sum = 0
    for (let i = 0; i < count; i++) sum += shared.withObject(handle, one) ?? 0
    return sum
  }
  await compare('borrow and end', { candidate: borrow(shared), baseline: ['of one thread', borrow(alone)], atMost: 3 })
  await compare('borrow and end', {
    candidate: borrow(shared),
    baseline: [
      'bare atomic store and load',
      (count) => {
        let sum = 0
        for (let i = 0; i < count; i++) sum += bare.storeAndLoad(word, i)
        return sum
      },
    ],
  })

  const stop = new Int32Array(new SharedArrayBuffer(8))
  const worker = new Worker(new URL(import.meta.url), { workerData: { token: share(shared), stop } })
  await once(worker, 'message')
  await compare('borrow and end, two on one handle', {
    candidate: borrowOne(5),
    baseline: ['two on two handles', borrowOne(40)],
    atMost: 1.3,
  })
  Atomics.store(stop, 0, 1)
  await once(worker, 'exit')

  await compare('get + release', {
    candidate: (count) => {
      let live = 0
      for (let i = 0; i < count; i++) {
        const object = shared.get(i & 63)
        if (object?.isLive === true) live++
        object?.release()
      }
      return live
    },
    baseline: [
      'bare atomic add and subtract',
      (count) => {
        let sum = 0
        for (let i = 0; i < count; i++) sum += bare.add(word, 1) + bare.sub(word, 1)
        return sum
      },
    ],
    atMost: 2.5,
  })

  const insertAndRemove = (table: HandleTable, make: () => ReturnType<typeof kind.open>) => {
    let object = make()
    return (count: number) => {
      let last = 0
      for (let i = 0; i < count; i++) {
        last += table.insert(object)
        object = table.remove(64)!
      }
      return last
    }
  }
  const candidate = insertAndRemove(shared, () => openShared(memory, kind))
  await compare('insert + remove', {
    candidate,
    baseline: [
      'bare compare-and-swap pair',
      (count) => {
        let sum = 0
        for (let i = 0; i < count; i++) sum += bare.swap(word, 0, 1) + bare.swap(word, 1, 0)
        return sum
      },
    ],
  })
  await compare('insert + remove', { candidate, baseline: ['of one thread', insertAndRemove(alone, () => kind.open(0))] })
}

/** Borrows one handle until it is told to stop. */
async function disturb({ token, stop }: { token: TableToken; stop: Int32Array }): Promise<void> {
  const { parentPort } = await import('node:worker_threads')
  const table = attach(token, { kinds: [kind] })
  parentPort?.postMessage('begun')
  let sum = 0
  while (Atomics.load(stop, 0) === 0) for (let i = 0; i < 1000; i++) sum += table.withObject(5, one) ?? 0
  table.dispose()
  if (sum === 0) throw new Error('nothing was borrowed')
}

interface Bare {
  storeAndLoad(word: number, value: number): number
  add(word: number, value: number): number
  sub(word: number, value: number): number
  swap(word: number, expected: number, value: number): number
}

async function bareSteps(memory: WebAssembly.Memory): Promise<Bare> {
  const at = '(i32.mul (i32.const 4) (local.get 0))'
  const text = `(module (import "memory" "memory" (memory 1 65536 shared))
    (func (export "storeAndLoad") (param i32 i32) (result i32) (i32.atomic.store ${at} (local.get 1)) (i32.atomic.load ${at}))
    (func (export "add") (param i32 i32) (result i32) (i32.atomic.rmw.add ${at} (local.get 1)))
    (func (export "sub") (param i32 i32) (result i32) (i32.atomic.rmw.sub ${at} (local.get 1)))
    (func (export "swap") (param i32 i32 i32) (result i32) (i32.atomic.rmw.cmpxchg ${at} (local.get 1) (local.get 2))))`
  const { buffer } = (await wabt()).parseWat('bare.wat', text, { threads: true }).toBinary({})
  const { exports } = await WebAssembly.instantiate(await WebAssembly.compile(new Uint8Array(buffer)), { memory: { memory } })
  return exports as unknown as Bare
}
