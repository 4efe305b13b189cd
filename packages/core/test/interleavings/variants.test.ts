import { describe, expect, it } from 'vitest'
import { variants } from './variants.js'
import { Walker } from './walker.js'

describe('what would be wrong is found', () => {
  it.each(variants)('$name', async ({ changes, programs, finds }) => {
    const found: string[] = []
    for (const program of programs) {
      // A walk that has found something leaves threads that are of no use.
      const walker = await Walker.start(changes)
      const { wrong } = await walker.walk(program)
      await walker.end()
      if (wrong !== undefined) found.push(wrong)
    }
    expect(found.join('\n')).toMatch(finds)
  })

  it('a variant whose line is gone is no variant', async () => {
    const changes = [{ file: 'hazards.ts', from: 'a line that is not there', to: '' }]
    await expect(Walker.start(changes)).rejects.toThrow('hazards.ts')
  })
})
