import { describe, it } from 'vitest'
import { createSharedMemory, createSharedTable } from '@ht/core/shared'
import { testTable } from '../../src/conformance/index.js'

describe('a table in shared memory', () => {
  const memory = createSharedMemory({ bytes: 32 * 1024 * 1024, spins: 0 })
  testTable({ describe, it }, { make: (options) => createSharedTable(memory, options) })
})
