import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { bundle } from '../../../tooling/bundle.js'

const folder = mkdtempSync(join(tmpdir(), 'htsh-program-'))
const program = join(folder, 'htsh.mjs')
bundle(fileURLToPath(new URL('../src/main.ts', import.meta.url)), program)
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** The words that start the shell, made of the sources. */
export const htsh = [process.execPath, program]
