// pnpm bench [filter ...]: runs the benchmarks whose path contains a filter, one after the other.
//
// What is measured is dist, as shipped. A benchmark is only bundled, since a loader's helpers would be
// in its loops; each gets a process of its own, so that none finds code optimised for another.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { build as bundle } from 'esbuild'
import { build } from './build/turbo.mjs'
import { packagesIn, root } from './workspace.mjs'

const filters = process.argv.slice(2)

await build()
let ran = 0
for (const folder of [...packagesIn('packages'), ...packagesIn('apps')].map((it) => it.folder)) {
  for (const file of benchmarksOf(folder)) {
    // In the package's folder, so that it finds what its package finds.
    const outfile = join(folder, '.bench', basename(file).replace(/\.ts$/, '.mjs'))
    await bundle({
      entryPoints: [file],
      outfile,
      bundle: true,
      packages: 'external',
      format: 'esm',
      target: 'es2022',
      sourcemap: 'inline',
      logLevel: 'warning',
    })
    console.log(`\n${relative(root, file)}`)
    const { status } = spawnSync(process.execPath, ['--expose-gc', '--enable-source-maps', outfile], { stdio: 'inherit' })
    if (status !== 0) process.exitCode = 1
    ran++
  }
}
if (ran === 0) {
  console.error(`no benchmark's path contains ${filters.join(' or ')}`)
  process.exitCode = 1
}

/** @param {string} folder */
function benchmarksOf(folder) {
  const parent = join(folder, 'bench')
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .filter((it) => it.endsWith('.bench.ts'))
    .map((it) => join(parent, it))
    .filter((it) => filters.length === 0 || filters.some((filter) => relative(root, it).includes(filter)))
}
