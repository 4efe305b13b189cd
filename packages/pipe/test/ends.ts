import { createSharedMemory } from '@ht/core/shared'
import { createPipe, type PipeEnds, type PipeOptions } from '../src/index.js'
import { createSharedPipe, sharedPipeKind } from '../src/shared/index.js'

/** Where pipes can live, and how one is made there: each rule of a pipe holds for both. */
export const makers: Readonly<Record<string, (options?: PipeOptions) => PipeEnds>> = {
  'in one thread': createPipe,
  'in shared memory': (options) => createSharedPipe((memory ??= makeMemory()), options),
}

let memory: ReturnType<typeof makeMemory> | undefined

function makeMemory() {
  return createSharedMemory({ kinds: [sharedPipeKind], spins: 0 })
}
