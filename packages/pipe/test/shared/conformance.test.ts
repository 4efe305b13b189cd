import { testSharedKind } from '@ht/core/conformance'
import { describe, it } from 'vitest'
import { startThread } from '../../../../tooling/threads/start.js'
import { createSharedPipe, sharedPipeKind } from '../../src/shared/index.js'

describe.each([4096, 65_536])('a pipe of %i bytes', (capacity) => {
  testSharedKind(
    { describe, it },
    {
      kind: sharedPipeKind,
      startWorker: () => startThread(new URL('./conformance-thread.ts', import.meta.url), undefined),
      pair: (memory) => createSharedPipe(memory, { capacity }),
    },
  )
})
