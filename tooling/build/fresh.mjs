// Whether the last build still stands, told in a few milliseconds: turbo takes most of a second to say so.
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packagesIn, root } from '../workspace.mjs'

const STAMP = join(root, 'node_modules', '.built')

/** Whether nothing that a build reads has changed since {@link markBuilt}, and all that it makes is there. */
export function isBuilt() {
  return outputs().every(existsSync) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === inputs()
}

/** Remembers what a build was made of: `before`, which {@link inputs} said when it began. @param {string} before */
export function markBuilt(before) {
  writeFileSync(STAMP, before)
}

/** What a build reads: names, sizes and times of change. */
export function inputs() {
  const files = [join(root, 'tsconfig.base.json'), ...filesIn(join(root, 'tooling', 'build'))]
  for (const { folder } of packages()) {
    files.push(join(folder, 'package.json'), join(folder, 'tsconfig.json'), ...filesIn(join(folder, 'src')))
  }
  return files.map((file) => `${file} ${stateOf(file)}\n`).join('')
}

function outputs() {
  return packages().flatMap(({ entries }) => entries.map(({ file }) => file))
}

function packages() {
  return [...packagesIn('packages'), ...packagesIn('apps')]
}

/** @param {string} folder @returns {string[]} */
function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesIn(path) : [path]
  })
}

/** @param {string} file */
function stateOf(file) {
  const { size, mtimeMs } = statSync(file)
  return `${String(size)} ${String(mtimeMs)}`
}
