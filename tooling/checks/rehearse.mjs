// A release, rehearsed on a registry of this machine: every package is published with the command that publishes, and
// installed as strangers do; then one package is patched, and nothing else may change.
//
// All of it happens in a copy of the repository. Nothing of the network is needed.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inTemporaryFolder } from '../pack.mjs'
import { report, run } from '../run.mjs'
import { publicPackages, root } from '../workspace.mjs'
import { copyRepository } from './release/copy.mjs'
import { readFirstSteps } from './release/readme.mjs'
import { startRegistry } from './release/registry.mjs'

/** @typedef {Record<string, string>} Environment */

/** The package that all others have for a peer: if its patch changes none of them, no patch does. */
const PATCHED = '@ht/core'
const TYPESCRIPT = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const MANAGERS = ['npm', 'pnpm']

await report(() =>
  inTemporaryFolder(async (temporary) => {
    const registry = await startRegistry(join(temporary, 'registry'))
    try {
      const copy = await copyRepository(join(temporary, 'repository'))
      const names = publicPackages().map((it) => it.name)

      await release(copy, registry.env)
      const published = await publishedOf(registry.url, names)
      const tags = (await run('git', ['tag', '--list'], { cwd: copy })).trim().split('\n')
      for (const { name, versions } of published) {
        same(`versions of ${name}`, versions.length, 1)
        same(`a tag of ${name}`, tags.includes(`${name}@${versions[0]}`), true)
      }
      for (const manager of MANAGERS) {
        for (const { name, folder } of publicPackages()) {
          await takeFirstSteps(join(temporary, manager, name), manager, folder, registry.env)
        }
      }

      writeFileSync(join(copy, '.changeset', 'rehearsed.md'), `---\n'${PATCHED}': patch\n---\n\nA patch.\n`)
      await release(copy, registry.env)
      const after = await publishedOf(registry.url, names)
      for (const [i, { name, versions, latest, shasum }] of published.entries()) {
        const now = after[i]
        if (name === PATCHED) same(`versions of ${name} after its patch`, now?.versions, [...versions, patched(latest)])
        else same(`${name} after a patch of ${PATCHED}`, [now?.versions, now?.shasum], [versions, shasum])
      }
      // Whoever has the others gets the patch, and needs nothing else.
      for (const { name, folder } of publicPackages().filter((it) => it.peers.includes(PATCHED))) {
        const project = join(temporary, 'npm', name)
        await run('npm', ['update', PATCHED], { cwd: project, env: registry.env })
        same(
          `${PATCHED} in a project of ${name}`,
          manifestIn(project, PATCHED).version,
          after.find((it) => it.name === PATCHED)?.latest,
        )
        await runProgram(project, readFirstSteps(folder))
      }
      return `rehearsed: ${published.map((it) => `${it.name}@${it.latest}`).join(', ')}, then a patch of ${PATCHED}`
    } finally {
      await registry.stop()
    }
  }),
)

/**
 * What whoever releases does (CONTRIBUTING.md).
 * @param {string} copy
 * @param {Environment} env
 */
async function release(copy, env) {
  await run('pnpm', ['run', 'version'], { cwd: copy, env })
  await run('git', ['add', '--all'], { cwd: copy })
  await run('git', ['commit', '--quiet', '--allow-empty', '--message', 'Version'], { cwd: copy })
  await run('pnpm', ['run', 'release'], { cwd: copy, env })
}

/**
 * What the registry has of packages.
 * @param {string} url
 * @param {string[]} names
 */
function publishedOf(url, names) {
  return Promise.all(
    names.map(async (name) => {
      const answer = await fetch(`${url}/${name.replace('/', '%2f')}`)
      if (!answer.ok) throw new Error(`${name} has not been published: ${answer.status}`)
      const { versions, 'dist-tags': tags } = /** @type {Packument} */ (await answer.json())
      const { latest } = tags
      return { name, versions: Object.keys(versions), latest, shasum: versions[latest]?.dist.shasum }
    }),
  )
}

/** @typedef {{ versions: Record<string, { dist: { shasum: string } }>, 'dist-tags': { latest: string } }} Packument */

/**
 * Does what a package's README says first, in an empty project, and type-checks it.
 * @param {string} project
 * @param {string} manager
 * @param {string} folder the package's
 * @param {Environment} env
 */
async function takeFirstSteps(project, manager, folder, env) {
  const steps = readFirstSteps(folder)
  mkdirSync(project, { recursive: true })
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  await run(manager, [manager === 'npm' ? 'install' : 'add', ...steps.packages], { cwd: project, env })
  await runProgram(project, steps)
  const compilerOptions = {
    allowJs: true,
    checkJs: true,
    strict: true,
    // A program in JavaScript says neither what its parameters are, nor that what it asks for is there.
    noImplicitAny: false,
    strictNullChecks: false,
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: [],
    skipLibCheck: true,
    noEmit: true,
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.mjs'] }))
  await run(process.execPath, [TYPESCRIPT, '-p', project])
}

/**
 * @param {string} project
 * @param {import('./release/readme.mjs').FirstSteps} steps
 */
async function runProgram(project, { program, output }) {
  writeFileSync(join(project, 'program.mjs'), program)
  const printed = await run(process.execPath, ['program.mjs'], { cwd: project })
  if (output !== undefined) same(`what the first program prints in ${project}`, printed, output)
}

/**
 * @param {string} project
 * @param {string} name
 */
function manifestIn(project, name) {
  return JSON.parse(readFileSync(join(project, 'node_modules', name, 'package.json'), 'utf8'))
}

/** @param {string} version */
function patched(version) {
  return version.replace(/\d+$/, (patch) => String(Number(patch) + 1))
}

/**
 * @param {string} what
 * @param {unknown} got
 * @param {unknown} wanted
 */
function same(what, got, wanted) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)]
  if (a !== b) throw new Error(`${what}: ${a}, and not ${b}`)
}
