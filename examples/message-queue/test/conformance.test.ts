import { describe, it } from 'node:test'
import { testKind } from '@ht/core/conformance'
import { createQueue, queueKind } from '../src/index.js'

testKind(
  { describe, it },
  {
    kind: queueKind,
    open: () => createQueue(),
    echoes: true, // what is written to a queue is read from it
    unit: 'messages', // a read takes what one write gave
  },
)
