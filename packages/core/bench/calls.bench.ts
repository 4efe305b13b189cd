import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { StreamOps } from '@ht/core'
import { createSharedMemory, createSharedTable, share } from '@ht/core/shared'
import { compare, measure } from '../../../tooling/bench/measure.js'

/*
 * What a call costs that travels to a home with nothing else to do, beside the least that any two threads can do:
 * one word and a notify there, one word and a notify back. Both homes are event loops; both callers block. Once nobody
 * looks before sleeping, and once callers and the home of the call do.
 */

for (const spins of [0, 2000]) {
  const memory = createSharedMemory({ bytes: 16 * 1024 * 1024, spins })
  const table = createSharedTable(memory)
  const bare = new Int32Array(new SharedArrayBuffer(8))
  const home = new Worker(new URL('../../../tooling/threads/entry.mjs', import.meta.url), {
    workerData: {
      module: new URL('../bench/calls-thread.ts', import.meta.url).href,
      given: { token: share(table), bare, spins },
    },
  })
  const [handle] = (await once(home, 'message')) as [number]
  const object = table.get(handle)!
  const stream = object.as(StreamOps) as { write(bytes: Uint8Array): number; read(buffer: Uint8Array): number }
  const how = spins === 0 ? 'without spinning' : `${String(spins)} looks before sleeping`
  const few = new Uint8Array(8)
  let asked = 0

  const call = (bytes: Uint8Array) => (count: number) => {
    let sum = 0
    for (let i = 0; i < count; i++) sum += stream.write(bytes)
    return sum
  }
  const bareTrip = (count: number) => {
    for (let i = 0; i < count; i++) {
      Atomics.store(bare, 0, ++asked)
      Atomics.notify(bare, 0)
      for (let look = 0; look < spins && Atomics.load(bare, 1) !== asked; look++);
      for (let seen; (seen = Atomics.load(bare, 1)) !== asked;) Atomics.wait(bare, 1, seen)
    }
    return asked
  }

  await compare(`call of an object at home elsewhere, ${how}`, {
    candidate: call(few),
    baseline: ['bare round trip', bareTrip],
    atMost: 1.5,
  })
  await measure(`the same with 4 KiB, ${how}`, call(new Uint8Array(4096)))
  await measure(`the same with 64 KiB, ${how}`, call(new Uint8Array(65536)))

  home.postMessage('end')
  await once(home, 'exit')
}
process.exit()
