import { afterAll, describe, expect, it } from 'vitest'
import { compareShells, hasSystemShell } from '../support/compare-shells.js'
import { createThreadedKernel } from '../support/threaded-kernel.js'
import { FILES, LINES, STDIN } from './lines.js'

const own = createThreadedKernel()
afterAll(() => {
  own.kernel.close()
  // Else all of this has shown nothing.
  if (hasSystemShell) expect(own.workers).toBeGreaterThan(1)
})

describe.skipIf(!hasSystemShell)('with each program in a worker, gives the same as bash, and leaves nothing behind', () => {
  for (const [about, lines] of Object.entries(LINES)) {
    it(about, async () => {
      const differences = await compareShells(lines.map((line) => ({ line, files: FILES, stdin: STDIN })), { own })
      expect(differences.filter((difference) => difference !== undefined).join('\n\n')).toBe('')
    })
  }
})

it.runIf(!hasSystemShell)('is compared with bash where there is one: there is none here', ({ skip }) => skip())
