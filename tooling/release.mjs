// pnpm release --dry-run: what would be published now. pnpm release: publishes it.
//
// Versions come from change files: `pnpm changeset` writes one, `pnpm changeset version` turns them into
// versions and changelogs. A version that has its tag is out already.
//
// In a workflow that may ask for it, each package is published with its provenance: npm can tell then which commit it
// was built from. Elsewhere nobody could vouch for that, and a registry would refuse it.
import { spawnSync } from 'node:child_process'
import getReleasePlan from '@changesets/get-release-plan'
import { inTemporaryFolder, packAll } from './pack.mjs'
import { report, run } from './run.mjs'
import { root } from './workspace.mjs'

/** @typedef {import('./pack.mjs').Packed} Packed */

const plan = await getReleasePlan(root)
const next = new Map(plan.releases.filter((it) => it.type !== 'none').map((it) => [it.name, it.newVersion]))

if (process.argv.includes('--dry-run')) {
  await report(() => inTemporaryFolder(describe))
} else if (plan.changesets.length > 0) {
  console.error('There are change files: run `pnpm changeset version`, review and commit, then release.')
  process.exitCode = 1
} else {
  await inTemporaryFolder(packAll)
  const provenance = process.env['ACTIONS_ID_TOKEN_REQUEST_URL'] === undefined ? {} : { NPM_CONFIG_PROVENANCE: 'true' }
  const env = { ...process.env, ...provenance }
  process.exitCode = spawnSync('changeset', ['publish'], { cwd: root, stdio: 'inherit', env }).status ?? 1
}

/** @param {string} folder */
async function describe(folder) {
  const tags = new Set((await run('git', ['tag', '--list']).catch(() => '')).split('\n'))
  const packed = await packAll(folder)
  const due = packed.filter((it) => next.has(it.name) || !tags.has(`${it.name}@${it.version}`))
  if (due.length === 0) return 'nothing to publish'
  const parts = await Promise.all(due.map(contents))
  return [...parts, `${due.length} packages would be published`].join('\n\n')
}

/** @param {Packed} packed */
async function contents({ name, version, tarball }) {
  const planned = next.get(name)
  const [listing] = JSON.parse(await run('npm', ['pack', tarball, '--dry-run', '--json']))
  const files = /** @type {{ path: string, size: number }[]} */ (listing.files)
  return [
    `${name} ${planned === undefined ? version : `${version} -> ${planned}`}  ${kB(listing.size)} packed, ${kB(listing.unpackedSize)} unpacked`,
    ...files.map((it) => `  ${kB(it.size).padStart(9)}  ${it.path}`),
  ].join('\n')
}

/** @param {number} bytes */
function kB(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`
}
