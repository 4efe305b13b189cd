import { testSharedKind } from '@ht/core/conformance'
import { describe, it } from 'vitest'
import { startThread } from '../../../../tooling/threads/start.js'
import { createSharedSocketPair, sharedLocalSocketKind } from '../../src/shared/index.js'

testSharedKind(
  { describe, it },
  {
    kind: sharedLocalSocketKind,
    startWorker: () => startThread(new URL('./conformance-thread.ts', import.meta.url), undefined),
    pair(memory) {
      const [reader, writer] = createSharedSocketPair(memory)
      return { reader, writer }
    },
    sockets: { type: 'stream' },
  },
)
