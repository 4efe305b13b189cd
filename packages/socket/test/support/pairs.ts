import { createSharedMemory } from '@ht/core/shared'
import { socketPair, type SocketPair } from '../../src/index.js'
import { createSharedSocketPair, sharedLocalSocketKind } from '../../src/shared/index.js'

/** Where a pair of stream sockets can live, and how one is made there: each rule of a stream holds for both. */
export const pairs: Readonly<Record<string, () => SocketPair>> = {
  'in one thread': () => socketPair(),
  'in shared memory': () => createSharedSocketPair((memory ??= makeMemory())),
}

let memory: ReturnType<typeof makeMemory> | undefined

function makeMemory() {
  return createSharedMemory({ kinds: [sharedLocalSocketKind], spins: 0 })
}
