// What the workspace consists of, read from the manifests: every script asks here.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's folder, without a slash at the end. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '')

/**
 * @typedef {object} Entry
 * @property {string} specifier what a program imports: `@ht/core/streams`
 * @property {string} name its file's name in dist, without the extension: `streams`
 * @property {string} source its source, absolute
 * @property {string} file what is shipped for it, absolute
 * @property {string | undefined} types its declarations, absolute; a program has none
 */

/**
 * @typedef {object} Package
 * @property {string} name
 * @property {string} version
 * @property {string} folder absolute
 * @property {boolean} isPrivate
 * @property {string[]} peers
 * @property {Entry[]} entries
 */

/** The packages that are published, in the order of their folders' names. */
export function publicPackages() {
  return packagesIn('packages').filter((it) => !it.isPrivate)
}

/**
 * The packages in one folder of the workspace.
 * @param {'packages' | 'apps'} parent
 */
export function packagesIn(parent) {
  return readdirSync(join(root, parent))
    .map((name) => join(root, parent, name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map(readPackage)
}

/**
 * @param {string} folder
 * @returns {Package}
 */
export function readPackage(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  /** @type {Entry[]} */
  const entries = []
  for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
    // './package.json' is a plain string: a file, and no entry.
    if (typeof target === 'string') continue
    entries.push({
      specifier: manifest.name + subpath.slice(1),
      name: target.default.replace(/^\.\/dist\//, '').replace(/\.js$/, ''),
      source: join(folder, target['@ht/source']),
      file: join(folder, target.default),
      types: target.types && join(folder, target.types),
    })
  }
  return {
    name: manifest.name,
    version: manifest.version,
    folder,
    isPrivate: manifest.private === true,
    peers: Object.keys(manifest.peerDependencies ?? {}),
    entries,
  }
}
