import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../../../../tooling/bundle.js'

const folder = mkdtempSync(join(tmpdir(), 'ht-damage-'))
const file = join(folder, 'trials.mjs')
beforeAll(() => {
  bundle(fileURLToPath(new URL('./damage/trials.ts', import.meta.url)), file)
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const TRIALS = 100
const LIMIT_MS = 240_000

/** Runs trials in a process of their own: how it ended, and what it said. */
function run(first: number): Promise<{ status: number | null; said: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file, String(first), String(TRIALS)], { timeout: LIMIT_MS, killSignal: 'SIGKILL' })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (piece: Buffer) => {
        said += piece.toString()
      })
    child.on('close', (status) => {
      resolve({ status, said })
    })
  })
}

describe('words of the memory that are overwritten', () => {
  it.each([0, TRIALS, 2 * TRIALS, 3 * TRIALS])(
    'neither crash nor hang the thread that serves, which can still leave: trials from %i on',
    async (first) => {
      const { status, said } = await run(first)
      const lines = said.trim().split('\n')
      expect(lines.filter((line) => line.startsWith('unexpected'))).toEqual([])
      expect([status, lines.at(-1)]).toEqual([0, 'done'])
    },
    LIMIT_MS + 30_000,
  )
})
