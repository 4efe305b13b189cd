// pnpm check:deaths [1000]: has so many threads die at random moments, at every pause point, and in the canary's steps.
import { spawnSync } from 'node:child_process'
import { root } from '../workspace.mjs'

const deaths = process.argv[2] ?? '1000'
const tests = ['death.test', 'death-points', 'canary'].map((name) => `test/shared/${name}`)
const { status } = spawnSync('npx', ['vitest', 'run', '--project', '@ht/core', ...tests], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, HT_DEATHS: deaths },
})
process.exit(status ?? 1)
