// Whether the last build still stands, told in a few milliseconds: turbo takes most of a second to say so.
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packagesIn, root } from '../workspace.mjs'

const STAMP = join(root, 'node_modules', '.built')

/** Whether nothing that a build reads has changed since {@link beginBuild}, and all that it makes is there. */
export function isBuilt() {
  return outputs().every(existsSync) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === inputs()
}

/** Forgets the last build, as one begins that may fail halfway. What it returns remembers the new one. */
export function beginBuild() {
  rmSync(STAMP, { force: true })
  const before = inputs()
  return function markBuilt() {
    writeFileSync(STAMP, before)
  }
}

/** What a build reads: names, sizes and times of change. */
function inputs() {
  const files = [join(root, 'pnpm-lock.yaml'), join(root, 'tsconfig.base.json'), ...filesIn(join(root, 'tooling', 'build'))]
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
  // An editor's lock is a link to nowhere.
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat === undefined ? 'gone' : `${String(stat.size)} ${String(stat.mtimeMs)}`
}
