import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runByOwn, type OwnOutcome } from '../support/own-shell.js'

let base: string
beforeAll(() => void (base = mkdtempSync(join(tmpdir(), 'htsh-'))))
afterAll(() => rmSync(base, { recursive: true }))

const run = (line: string): Promise<OwnOutcome> => runByOwn(base, { line })

describe('what the shell does not have is refused by name, before anything of its line is executed', () => {
  const REFUSED: readonly (readonly [line: string, what: string])[] = [
    ['f() { echo; }', 'a function'],
    ['function f { echo; }', 'a function'],
    ['case a in a) echo;; esac', '`case`'],
    ['select x in a; do echo; done', '`select`'],
    ['coproc cat', '`coproc`'],
    ['time echo', '`time`'],
    ['[[ a ]]', '`[[`'],
    ['((1))', '`((`'],
    ['for ((i = 0; i < 3; i++)); do echo; done', '`for ((`'],
    ['echo $((1 + 1))', 'arithmetic'],
    ['a=(1 2)', 'an array'],
    ['a[0]=1', 'an array'],
    ['echo ${a[0]}', 'an array'],
    ['cat <(echo)', 'process substitution'],
    ['echo !(a)', 'an extended pattern'],
    ['echo {a,b}', 'brace expansion'],
    ['echo {1..3}', 'brace expansion'],
    ['echo {fd}>x', 'a redirection with a variable'],
    ['echo ${x%.*}', '${x%.*}'],
    ['echo ${x/a/b}', '${x/a/b}'],
    ['echo ${x:1:2}', '${x:1:2}'],
    ['echo ${!x}', '${!x}'],
    ['echo "$(if true; then echo $((1)); fi)"', 'arithmetic'],
    ['cat <<E\n$((1))\nE', 'arithmetic'],
    ['if true; then { exec cat; }; fi', '`exec`'],
    ['read x', '`read`'],
  ]
  for (const [line, what] of REFUSED) {
    it(line, async () => {
      const { status, stdout, stderr, files, leaks } = await run(`echo before >file; ${line}`)
      expect({ status, stdout, stderr, files, leaks }).toEqual({
        status: 2,
        stdout: '',
        stderr: `htsh: line ${line.includes('\n') ? 2 : 1}: ${what} is not supported\n`,
        files: {},
        leaks: [],
      })
    })
  }

  it('lines before it are executed, and none after it', async () => {
    const { status, stdout, stderr } = await run('echo one\necho two; case a in esac\necho three')
    expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: 'one\n', stderr: 'htsh: line 2: `case` is not supported\n' })
  })

  it('what only looks like it is executed', async () => {
    const { stdout, stderr } = await run(`echo "{a,b}" '$((1))' [ \\!\\(a\\) "[[" ; x={a,b}; echo $x; echo case time function`)
    expect({ stdout, stderr }).toEqual({ stdout: '{a,b} $((1)) [ !(a) [[\n{a,b}\ncase time function\n', stderr: '' })
  })
})
