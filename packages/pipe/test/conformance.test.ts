import { testKind } from '@ht/core/conformance'
import { describe, it } from 'vitest'
import { createPipe, pipeKind } from '../src/index.js'

testKind({ describe, it }, { kind: pipeKind, pair: () => createPipe() })

describe('a pipe of one page', () => {
  testKind({ describe, it }, { kind: pipeKind, pair: () => createPipe({ capacity: 4096 }) })
})
