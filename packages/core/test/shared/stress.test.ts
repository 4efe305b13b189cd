import { describe, expect, it } from 'vitest'
import { stress } from './stress.js'

describe('two tables under four threads', () => {
  it('no object is used when dead, lost, released twice or found in another one’s place', async () => {
    const { made, released, tried, worked, left } = await stress(2_000_000, 4)
    expect(left).toEqual({ records: 0, pages: 0, alive: 0, rows: 0, 'hazards and locks': 0, lock: 0 })
    expect(released).toBe(made)
    // None of the operations has been idle.
    for (const name of Object.keys(tried)) expect(worked[name] ?? 0, name).toBeGreaterThan(tried[name]! / 20)
  })
})
