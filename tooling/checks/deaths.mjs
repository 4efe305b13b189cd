// pnpm check:deaths [1000]: has so many threads die at random moments, with tables and as a kernel's tasks, and in the
// canary's steps; and one at every pause point of each program.
import { spawnSync } from 'node:child_process'
import { root } from '../workspace.mjs'

const deaths = process.argv[2] ?? '1000'
const tests = ['shared/death.test', 'shared/death-points', 'shared/canary', 'threads/deaths'].map((name) => `test/${name}`)
// One file after the other: each keeps the machine busy by itself.
const { status } = spawnSync(
  'npx',
  ['vitest', 'run', '--no-file-parallelism', '--project', '@ht/core', '--project', '@ht/kernel', ...tests],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, HT_DEATHS: deaths },
  },
)
process.exit(status ?? 1)
