import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runByOwn, type OwnOutcome, type RunOptions } from '../support/own-shell.js'
import { FILES, randomLine, STDIN } from './random-lines.js'
import type { Task } from '@ht/kernel'

let base: string
beforeAll(() => void (base = mkdtempSync(join(tmpdir(), 'htsh-'))))
afterAll(() => rmSync(base, { recursive: true }))

const run = (line: string, options: RunOptions): Promise<OwnOutcome> =>
  runByOwn(base, { line, files: FILES, stdin: STDIN }, { interactive: true, ...options })

/** Calls a function in the first turn of the event loop in which something is so. */
function once(isSo: () => boolean, act: () => void): void {
  if (isSo()) act()
  else setImmediate(() => once(isSo, act))
}

/** Calls a function after a number of turns of the event loop, and not after a time. */
function afterTurns(turns: number, act: () => void): void {
  if (turns === 0) act()
  else setImmediate(() => afterTurns(turns - 1, act))
}

describe('Ctrl-C ends what is in the foreground, with status 130, and the rest of the line', () => {
  const LINES = [
    'sleep 1000; echo not reached',
    'sleep 1000 | cat; echo not reached',
    'yes >/dev/null || echo not reached',
    '(sleep 1000; echo not reached); echo not reached',
    '{ sleep 1000; }; echo not reached',
    'x=$(sleep 1000); echo not reached',
    'echo $(cat fruit nosuch 2>/dev/null; sleep 1000) >out; echo not reached',
    'while :; do :; done; echo not reached',
    'until false; do true; done >out 2>&1; echo not reached',
    'for x in a b c; do sleep 1000; done; echo not reached',
    'if sleep 1000; then :; fi; echo not reached',
    'cat <<<$(sleep 1000); echo not reached',
    'sleep 1000 | while :; do :; done; echo not reached',
  ]
  for (const line of LINES) {
    it(line, async () => {
      const { status, stdout, leaks } = await run(line, { meanwhile: (shell) => afterTurns(20, () => shell.interrupt()) })
      expect({ status, stdout, leaks }).toEqual({ status: 130, stdout: '', leaks: [] })
    })
  }

  it('a wait for a job is given up, and the job goes on', async () => {
    const { status, stdout, leaks } = await run('{ seq 3; } >out & wait $!; echo done', { meanwhile: () => undefined })
    expect({ status, stdout, leaks }).toEqual({ status: 0, stdout: 'done\n', leaks: [] })
    let ended: unknown
    const interrupted = await run('sleep 1000 & wait; echo not reached', {
      meanwhile: (shell, task) => {
        const jobs = () => task.kernel.tasks().filter(({ name }) => name === 'sleep')
        // Its program may take any time to load.
        once(
          () => jobs().length > 0,
          () => {
            shell.interrupt()
            afterTurns(20, () => {
              ended = jobs().map((job) => job.ended)
              for (const { id } of jobs()) task.kernel.kill(id)
            })
          },
        )
      },
    })
    expect(interrupted).toMatchObject({ status: 130, stdout: '', leaks: [] })
    expect(ended).toEqual([undefined])
  })
})

it('a line that is interrupted at any moment leaves nothing behind', async () => {
  const property = fc.asyncProperty(randomLine, fc.nat(60), async (line, turns) => {
    const { leaks } = await run(line, { meanwhile: (shell) => afterTurns(turns, () => shell.interrupt()) })
    expect(leaks).toEqual([])
  })
  await fc.assert(property, { seed: 7, numRuns: 300 })
})

it('a shell that is killed at any moment leaves nothing behind', async () => {
  const property = fc.asyncProperty(randomLine, fc.nat(40), async (line, turns) => {
    const kill = (task: Task) => {
      if (task.ended === undefined) task.kernel.kill(task.id, 'KILL')
    }
    const { leaks } = await run(line, { meanwhile: (_, task) => afterTurns(turns, () => kill(task)) })
    expect(leaks).toEqual([])
  })
  await fc.assert(property, { seed: 8, numRuns: 300 })
})
