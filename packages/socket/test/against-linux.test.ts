import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SOCK_DGRAM, SOCK_STREAM } from '@ht/core/socket'
import { Program, programs, type Answer, type Call } from './support/program.js'

/*
 * Programs of socket calls, at random, on these sockets and on the machine's own: what each call answers, and the
 * readiness of every socket after it, must be the same. All sockets are non-blocking.
 */

const PROGRAMS = 3000
/** More than so many could meet the bounds of a queue, which a machine may have changed. */
const MOST_SENDS = 10

const script = fileURLToPath(new URL('support/linux-sockets.py', import.meta.url))
const hasLinuxSockets = process.platform === 'linux' && spawnSync('python3', ['--version']).status === 0

describe.skipIf(!hasLinuxSockets)("the machine's own local sockets", () => {
  it('answer as these do, whatever is called', () => {
    const sample = fc.sample(programs(SOCK_STREAM, SOCK_DGRAM), PROGRAMS).filter(isSmall)
    const run = spawnSync('python3', [script], { input: JSON.stringify(sample), encoding: 'utf8', maxBuffer: 1 << 28 })
    expect(run.stderr).toBe('')
    const linux = JSON.parse(run.stdout) as Answer[][]
    const differences = sample
      .map((program, i) => difference(program, new Program().run(program), linux[i]!))
      .filter((it) => it !== undefined)
      .sort((a, b) => a.calls.length - b.calls.length)
      .map((it) => JSON.stringify(it))
    expect(differences[0]).toBeUndefined()
  })
})

function isSmall(program: readonly Call[]): boolean {
  return program.filter(([op]) => op.startsWith('send')).length <= MOST_SENDS
}

/** The calls up to the first that was answered differently, and both answers. */
function difference(program: readonly Call[], ours: readonly Answer[], linux: readonly Answer[]) {
  const at = ours.findIndex((answer, i) => JSON.stringify(answer) !== JSON.stringify(linux[i]))
  return at < 0 ? undefined : { calls: program.slice(0, at + 1), ours: ours[at], linux: linux[at] }
}
