import { readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import * as core from '@ht/core'
import * as memory from '@ht/file/memory'
import * as pipe from '@ht/pipe'
import * as format from '../src/format/index.js'
import * as kernel from '../src/index.js'
import * as preset from '../src/preset.js'

const MODULES: Record<string, object> = {
  '@ht/core': core,
  '@ht/file/memory': memory,
  '@ht/pipe': pipe,
  '@ht/kernel': kernel,
  '@ht/kernel/format': format,
  '@ht/kernel/preset': preset,
}

describe('the README', () => {
  it('begins with a program that runs, and prints what it says', async () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const [, program = ''] = /```js\n(.*?)```/s.exec(readme) ?? []
    const [, printed = ''] = /```text\n(.*?)```/s.exec(readme) ?? []
    const imported = program.replaceAll(/^import (\{.*?\}) from '(.*?)'$/gm, "const $1 = modules['$2']")
    expect(program).not.toBe('')
    expect(imported).not.toMatch(/^import /m)
    const lines: string[] = []
    const log = vi.spyOn(console, 'log').mockImplementation((line: unknown) => void lines.push(String(line)))
    const AsyncFunction = (async () => {}).constructor as new (...code: string[]) => (modules: object) => Promise<void>
    await new AsyncFunction('modules', imported)(MODULES)
    log.mockRestore()
    expect(`${lines.join('\n').trimEnd()}\n`.replaceAll(/ +$/gm, '')).toBe(printed)
  })
})
