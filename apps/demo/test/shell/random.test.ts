import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { compareShells, hasSystemShell } from '../support/compare-shells.js'
import { FILES, randomLine, STDIN } from './random-lines.js'

const COUNT = Number(process.env.HTSH_RANDOM_LINES ?? 1000)
const SEED = Number(process.env.HTSH_RANDOM_SEED ?? 42)

const compare = (lines: readonly string[]) =>
  compareShells(
    lines.map((line) => ({ line, files: FILES, stdin: STDIN })),
    { loosely: true },
  )

it.skipIf(!hasSystemShell)(`does with ${COUNT} random lines what bash does with them, and leaves nothing behind`, async () => {
  // All at once, since processes run beside each other; what differs is then made as small as it gets, by itself.
  const differences = await compare(fc.sample(randomLine, { numRuns: COUNT, seed: SEED }))
  const wrong = differences.findIndex((difference) => difference !== undefined)
  if (wrong < 0) return
  const property = fc.asyncProperty(randomLine, async (line) => {
    expect((await compare([line]))[0]).toBeUndefined()
  })
  await fc.assert(property, { seed: SEED, path: String(wrong), numRuns: 1, endOnFailure: false })
  // It was not so again: then it is no matter of the line alone.
  expect(differences.filter((difference) => difference !== undefined).join('\n\n')).toBe('')
})
