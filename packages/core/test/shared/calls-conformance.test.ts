import { afterAll, beforeAll, describe, it } from 'vitest'
import type { KernelObject } from '@ht/core'
import { createSharedMemory, createSharedTable } from '@ht/core/shared'
import { testKind } from '../../src/conformance/index.js'
import { pipeKindWith } from '../conformance/reference-pipe.js'
import { labOf } from './calls/lab-of.js'
import { endHome, startHome, type TestHome } from './calls/start.js'

// All rules of kinds, on pipes that another thread has made and has at home.
describe('objects that are at home in another thread', () => {
  const memory = createSharedMemory({ bytes: 16 * 1024 * 1024 })
  const table = createSharedTable(memory)
  let home: TestHome
  let object: KernelObject

  beforeAll(async () => {
    home = await startHome(memory, table)
    object = table.get(home.handle)!
  })

  afterAll(async () => {
    object.release()
    await endHome(home)
    table.dispose()
  })

  testKind(
    { describe, it },
    {
      kind: memory.bindings.kindAway(memory.bindings.numberOf(pipeKindWith())),
      pair() {
        const reader = labOf(object).makePipe() as KernelObject
        return { reader, writer: labOf(object).takeWriter() as KernelObject }
      },
      // A call that comes after the releases: the home has done them by then.
      held: () => labOf(object).ends(),
    },
  )
})
