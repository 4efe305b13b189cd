import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { helpOf, programs } from '../../src/programs/index.js'
import { builtins } from '../../src/shell/builtins/index.js'
import { runByOwn } from '../support/own-shell.js'

let base: string
beforeAll(() => void (base = mkdtempSync(join(tmpdir(), 'htsh-'))))
afterAll(() => rmSync(base, { recursive: true }))

const run = (line: string) => runByOwn(base, { line }, { help: helpOf })

describe('help', () => {
  it('lists each builtin and each program, once, with what it does', async () => {
    const { status, stdout, stderr } = await run('help')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const lines = stdout.split('\n').filter((line) => line.startsWith('  '))
    const names = [...new Set([...Object.keys(builtins), ...Object.keys(programs)])]
    expect(lines.map((line) => line.split(' ')[2]).sort()).toEqual(names.sort())
    for (const line of lines) expect(line).toMatch(/^ {2}\S.* {2}\S.{5,}/)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThan(80)
  })

  it('tells of a program what its --help says, and of a builtin how it is called', async () => {
    const { stdout } = await run('help wc; wc --help; help cd')
    const half = stdout.slice(0, stdout.indexOf('cd:'))
    expect(half.slice(0, half.length / 2)).toBe(half.slice(half.length / 2))
    expect(half).toMatch(/^Usage: wc /)
    expect(stdout.slice(half.length)).toMatch(/^cd: cd \[-LP\] \[DIRECTORY\]\n {4}changes/)
  })

  it('of what there is not is a message and 1, and the others are told of', async () => {
    expect(await run('help nosuch pwd')).toMatchObject({
      status: 1,
      stdout: 'pwd: pwd [-LP]\n    prints the directory\n',
      stderr: "htsh: line 1: help: no help topics match `nosuch'.  Try `help'.\n",
    })
  })
})
