import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

it('the first program of the README runs, and prints what it says', () => {
  const folder = fileURLToPath(new URL('..', import.meta.url))
  const program = /```js\n(.*?)```/s.exec(readFileSync(`${folder}/README.md`, 'utf8'))![1]!
  const file = `${folder}/test/.readme-${process.pid}.mjs`
  writeFileSync(file, program)
  try {
    const flags = ['--conditions=@ht/source', '--import=tsx', file]
    expect(execFileSync(process.execPath, flags, { encoding: 'utf8', cwd: folder })).toBe('one\ntwo\n\n')
  } finally {
    rmSync(file)
  }
})
