import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareShells, hasSystemShell } from '../support/compare-shells.js'
import { runByOwn } from '../support/own-shell.js'
import { createThreadedKernel } from '../support/threaded-kernel.js'
import { FILES, LINES, STDIN } from './lines.js'

const own = createThreadedKernel()
afterAll(() => {
  own.kernel.close()
  // Else all of this has shown nothing.
  if (hasSystemShell) expect(own.workers).toBeGreaterThan(1)
})

let base: string
beforeAll(() => void (base = mkdtempSync(join(tmpdir(), 'htsh-'))))
afterAll(() => rmSync(base, { recursive: true }))

describe.skipIf(!hasSystemShell)('with each program in a worker, gives the same as bash, and leaves nothing behind', () => {
  for (const [about, lines] of Object.entries(LINES)) {
    it(about, async () => {
      const differences = await compareShells(
        lines.map((line) => ({ line, files: FILES, stdin: STDIN })),
        { own },
      )
      expect(differences.filter((difference) => difference !== undefined).join('\n\n')).toBe('')
    })
  }
})

it.runIf(!hasSystemShell)('is compared with bash where there is one: there is none here', ({ skip }) => skip())

describe('with each program in a worker', () => {
  // More than the memory has threads.
  it('runs a hundred lines with a program that executes another, and loses none', async () => {
    const numbers = Array.from({ length: 100 }, (_, i) => String(i))
    const outcome = await runByOwn(base, { line: numbers.map((number) => `env echo ${number}`).join('\n') }, own)
    expect(outcome).toMatchObject({ status: 0, stderr: '', stdout: numbers.map((number) => `${number}\n`).join(''), leaks: [] })
  })

  describe('says which program there is no thread for, with status 126', () => {
    const narrow = createThreadedKernel({ threads: 1 })
    afterAll(() => narrow.kernel.close())

    it('in a pipeline', async () => {
      // The one that has the thread waits for the other.
      const outcome = await runByOwn(base, { line: 'yes | head -n 1' }, narrow)
      expect(outcome).toMatchObject({ leaks: [] })
      expect(outcome.stderr).toMatch(/^htsh: line 1: (yes|head): Resource temporarily unavailable\n$/)
      if (outcome.stderr.includes('head')) expect(outcome.status).toBe(126)
    })

    it('and not of a program that another executes in its own', async () => {
      expect(await runByOwn(base, { line: 'env env echo a' }, narrow)).toMatchObject({
        status: 0,
        stdout: 'a\n',
        stderr: '',
        leaks: [],
      })
    })
  })
})
