// Makes the WebAssembly of shared tables from its text: `pnpm hot` writes it, and a test checks that it is current.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import wabt from 'wabt'
import * as hot from '../packages/core/src/shared/hot/hot.js'
import * as layout from '../packages/core/src/shared/words/layout.js'
import { WAITERS } from '../packages/core/src/shared/words/lock.js'

const folder = new URL('../packages/core/src/shared/hot/', import.meta.url)

const names: Readonly<Record<string, number>> = {
  ...layout,
  ...hot,
  WAITERS,
  TABLE_BITS_1: layout.TABLE_BITS + 1,
  MOST_MINUS_1: layout.MOST_REFERENCES - 1,
  PLUS_HOLDER: layout.HOLDER + layout.REFERENCE,
  MINUS_HOLDER: -layout.HOLDER - layout.REFERENCE,
} as never

/** The module's text in `code.ts`, made anew. */
export async function hotCode(): Promise<string> {
  const text = readFileSync(new URL('hot.wat', folder), 'utf8').replace(/\{(\w+)(\*4)?\}/g, (_, name: string, bytes) => {
    const value = names[name]
    if (typeof value !== 'number') throw new Error(`hot.wat names ${name}, which is no number of layout.ts`)
    return String(bytes === undefined ? value : value * 4)
  })
  const module = (await wabt()).parseWat('hot.wat', text, { threads: true })
  const { buffer } = module.toBinary({})
  return `/** The bytes of hot.wat, in base 64. Made by \`pnpm hot\`. */\nexport const CODE =\n  '${Buffer.from(buffer).toString('base64')}'\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(new URL('code.ts', folder), await hotCode())
