// pnpm check:kills [20000] [seed]: kills so many programs of a kernel at random moments, some of them hostile; each run has
// to settle, and nothing may be left in the end.
import { spawnSync } from 'node:child_process'
import { root } from '../workspace.mjs'

const [kills = '20000', seed = '1'] = process.argv.slice(2)
const { status } = spawnSync('npx', ['vitest', 'run', '--project', '@ht/kernel', 'threads/kills'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, HT_KILLS: kills, HT_KILLS_SEED: seed },
})
process.exit(status ?? 1)
