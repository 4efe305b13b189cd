import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { programs } from './programs.js'
import { Walker } from './walker.js'

describe('all interleavings of threads on one table', () => {
  let walker: Walker

  beforeAll(async () => {
    walker = await Walker.start()
  })

  afterAll(async () => {
    await walker.end()
  })

  it.each(programs.map(({ name }) => name))(
    '%s: each outcome is one of a single thread, and nothing is left behind',
    async (name) => {
      const { wrong, isCut, outcomes } = await walker.walk(name)
      expect(wrong).toBeUndefined()
      expect(isCut).toBe(false)
      // The threads have met.
      expect(outcomes).toBeGreaterThan(1)
    },
  )
})
