import { testKind } from '@ht/core/conformance'
import { describe, it } from 'vitest'
import { pipeKind } from '../src/index.js'
import { sharedPipeKind } from '../src/shared/index.js'
import { makers } from './ends.js'

describe.each(Object.entries(makers))('%s', (where, createPipe) => {
  const kind = where === 'in one thread' ? pipeKind : sharedPipeKind
  testKind({ describe, it }, { kind, pair: () => createPipe() })

  describe('a pipe of one page', () => {
    testKind({ describe, it }, { kind, pair: () => createPipe({ capacity: 4096 }) })
  })
})
