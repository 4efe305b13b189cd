// Packs packages as they would be published, and installs the result as a stranger would.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from './build/turbo.mjs'
import { run } from './run.mjs'
import { publicPackages } from './workspace.mjs'

/** @typedef {import('./workspace.mjs').Package & { tarball: string }} Packed */

/**
 * Builds and packs all public packages.
 * @param {string} destination a folder for the tarballs
 * @returns {Promise<Packed[]>}
 */
export async function packAll(destination) {
  const packages = publicPackages()
  await build(...packages.map((it) => it.name))
  return Promise.all(
    packages.map(async (it) => {
      // pnpm, because it writes versions where the manifest says `workspace:`.
      const output = await run('pnpm', ['pack', '--json', '--pack-destination', destination], { cwd: it.folder })
      return { ...it, tarball: join(destination, JSON.parse(output).filename.split(/[\\/]/).at(-1)) }
    }),
  )
}

/**
 * Installs a folder's dependencies, and tarballs besides, with npm.
 * @param {string} folder
 * @param {string[]} [tarballs]
 */
export async function npmInstall(folder, tarballs = []) {
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--prefer-offline']
  await run('npm', ['install', ...quiet, ...tarballs], { cwd: folder })
}

/**
 * Calls `body` with a new folder outside of the workspace, and removes it afterwards.
 * @template T
 * @param {(folder: string) => Promise<T>} body
 */
export async function inTemporaryFolder(body) {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'ht-'))
  const remove = () => {
    rmSync(folder, { recursive: true, force: true })
  }
  // Also where a signal ends the script.
  process.on('exit', remove)
  try {
    return await body(folder)
  } finally {
    remove()
    process.off('exit', remove)
  }
}
