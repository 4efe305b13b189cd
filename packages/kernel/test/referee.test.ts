import { describe, expect, it } from 'vitest'
import { whyNotHere } from '../../../tooling/referee/linux.js'
import { referee } from '../../../tooling/referee/referee.js'

const why = whyNotHere()

describe.skipIf(why !== undefined)(`random programs of several tasks${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  // Another seed each time; what differs is shown with it.
  const seed = Date.now() % 2 ** 31

  it(`are answered as by the machine's Linux, call by call, on both trees and in both sorts of tables (seed ${seed})`, { timeout: 1_200_000 }, async () => {
    const { calls, differences } = await referee(100_000, seed)
    expect(differences.join('\n')).toBe('')
    expect(calls).toBeGreaterThanOrEqual(100_000)
  })
})
