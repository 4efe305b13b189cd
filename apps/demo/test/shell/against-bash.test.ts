import { describe, expect, it } from 'vitest'
import { compareShells, hasSystemShell } from '../support/compare-shells.js'
import { FILES, LINES, STDIN } from './lines.js'

describe.skipIf(!hasSystemShell)('gives the same bytes, messages, files and status as bash, and leaves nothing behind', () => {
  for (const [about, lines] of Object.entries(LINES)) {
    it(about, async () => {
      const differences = await compareShells(lines.map((line) => ({ line, files: FILES, stdin: STDIN })))
      expect(differences.filter((difference) => difference !== undefined).join('\n\n')).toBe('')
    })
  }
})

it.runIf(!hasSystemShell)('is compared with bash where there is one: there is none here', ({ skip }) => skip())
