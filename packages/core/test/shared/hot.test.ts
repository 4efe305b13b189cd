import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createSharedMemory } from '@ht/core/shared'
import { hotCode } from '../../../../tooling/hot.js'

describe('the WebAssembly of shared tables', () => {
  it('is what its text says', async () => {
    const written = readFileSync(new URL('../../src/shared/hot/code.ts', import.meta.url), 'utf8')
    expect(written).toBe(await hotCode())
  })

  it('is in use', () => {
    expect(createSharedMemory({ bytes: 2 ** 21, objects: 64 }).hot).toBeDefined()
  })
})
