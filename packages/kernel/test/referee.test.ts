import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { KNOWN_NAMES } from '../../../tooling/referee/known.js'
import { whyNotHere } from '../../../tooling/referee/linux.js'
import { referee } from '../../../tooling/referee/referee.js'

const why = whyNotHere()

describe('the differences that the referee knows', () => {
  it('are rows of docs/differences.md, by their names', () => {
    const rows = readFileSync(new URL('../../../docs/differences.md', import.meta.url), 'utf8').split('\n')
    for (const name of KNOWN_NAMES)
      expect(
        rows.some((row) => row.startsWith(`| ${name} |`)),
        name,
      ).toBe(true)
  })
})

describe.skipIf(why !== undefined)(`random programs of several tasks${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  // The same programs each time. `pnpm referee` makes others.
  const seed = 1

  it(
    "are answered as by the machine's Linux, call by call, on both trees and in both sorts of tables",
    { timeout: 1_200_000 },
    async () => {
      const { calls, differences } = await referee(100_000, seed)
      expect(differences.join('\n')).toBe('')
      expect(calls).toBeGreaterThanOrEqual(100_000)
    },
  )
})
