// Each folder of examples/ is a stranger's project: no member of the workspace. A copy of it gets the
// packages as published, installs with npm, and passes its own `npm test`, which type-checks it too.
import { cpSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { inTemporaryFolder, npmInstall, packAll } from '../pack.mjs'
import { report, run } from '../run.mjs'
import { root } from '../workspace.mjs'

/** @typedef {import('../pack.mjs').Packed} Packed */

await report(() =>
  inTemporaryFolder(async (temporary) => {
    const examples = findExamples()
    if (examples.length === 0) return 'no examples'
    const packed = await packAll(temporary)
    for (const example of examples) {
      const copy = join(temporary, basename(example))
      cpSync(example, copy, { recursive: true, filter: (it) => !/[\\/](node_modules|dist)$/.test(it) })
      dependOnTarballs(join(copy, 'package.json'), packed)
      await npmInstall(copy)
      await run('npm', ['test'], { cwd: copy })
    }
    return `examples that pass with the packed packages: ${examples.map((it) => basename(it)).join(', ')}`
  }),
)

function findExamples() {
  const parent = join(root, 'examples')
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .map((name) => join(parent, name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
}

/**
 * The versions that the example asks for are not published yet, so the tarballs take their place.
 * @param {string} file
 * @param {Packed[]} packed
 */
function dependOnTarballs(file, packed) {
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  const dependencies = { ...manifest.dependencies }
  const devDependencies = { ...manifest.devDependencies }
  for (const { name, tarball } of packed) {
    // Every package is there, as a peer of the others; a peer range of the example's stays and is checked.
    const section = name in dependencies ? dependencies : devDependencies
    section[name] = `file:${tarball}`
  }
  writeFileSync(file, JSON.stringify({ ...manifest, dependencies, devDependencies }, null, 2))
}
