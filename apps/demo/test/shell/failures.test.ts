import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPresetKernel } from '@ht/kernel/preset'
import { createSink, createSource } from '@ht/kernel/stdio'
import { programs } from '../../src/programs/index.js'
import { Shell, type Programs } from '../../src/shell/index.js'
import { runByOwn } from '../support/own-shell.js'
import { createThreadedKernel } from '../support/threaded-kernel.js'

let base: string
beforeAll(() => void (base = mkdtempSync(join(tmpdir(), 'htsh-'))))
afterAll(() => rmSync(base, { recursive: true }))

/** Programs of which some break. */
const breaking: Programs = {
  ...programs,
  broken() {
    throw new TypeError('parseArgs is not a function')
  },
  odd() {
    throw Object.create(null)
  },
}

describe('a program that breaks is told of, with status 1', () => {
  it.each([
    ['broken', 'htsh: line 1: broken: TypeError: parseArgs is not a function\n'],
    ['echo | broken -x | cat', 'htsh: line 1: broken -x: TypeError: parseArgs is not a function\n'],
    ['echo $(broken)', 'htsh: line 1: broken: TypeError: parseArgs is not a function\n'],
    ['(broken; true)', 'htsh: line 1: broken: TypeError: parseArgs is not a function\n'],
    ['broken & wait', 'htsh: line 1: broken: TypeError: parseArgs is not a function\n'],
    ['odd', 'htsh: line 1: odd: what it threw cannot be shown\n'],
  ])('%s', async (line, stderr) => {
    const outcome = await runByOwn(base, { line: `${line}; echo $?` }, { programs: breaking })
    expect(outcome.stderr).toBe(stderr)
    expect(outcome.leaks).toEqual([])
  })

  it('is the status of its pipeline', async () => {
    expect(await runByOwn(base, { line: 'broken' }, { programs: breaking })).toMatchObject({ status: 1 })
  })

  it('is told of before the next prompt where it was in the background', async () => {
    const kernel = createPresetKernel()
    let said = ''
    const sink = () => createSink((bytes) => (said += new TextDecoder().decode(bytes)))
    const notices: string[] = []
    const task = kernel.spawn(
      async (self) => {
        const shell = new Shell(self, { programs: breaking })
        await shell.run('broken &')
        await kernel.tasks().find((it) => it !== self)?.exited
        notices.push(...shell.notices())
      },
      { stdin: createSource(''), stdout: sink(), stderr: sink() },
    )
    expect((await task.exited).error).toBeUndefined()
    expect(notices.join('')).toContain('htsh: broken: TypeError: parseArgs is not a function\n')
    expect(said).not.toContain('TypeError')
    kernel.close()
  })
})

describe('a program that cannot be loaded is told of', () => {
  const own = createThreadedKernel()
  afterAll(() => own.kernel.close())

  it.each([
    ['unknown to its worker', 'gone', /^htsh: line 1: cut: HandleError: ENOENT: .*no program is named "gone" in this worker/],
    ['a module that is not there', new URL('file:///nowhere/cut.js'), /^htsh: line 1: cut: .*\/nowhere\/cut\.js/],
  ])('%s', async (_, cut, message) => {
    const outcome = await runByOwn(base, { line: 'cut -x' }, { kernel: own.kernel, programs: { ...own.programs, cut } })
    expect(outcome).toMatchObject({ status: 126, stdout: '', leaks: [] })
    expect(outcome.stderr).toMatch(message)
  })
})
