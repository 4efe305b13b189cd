// npm start [-- argument ...]: installs and builds what the shell needs, then becomes it. It says so only if there is
// something to install or build, and to standard error: what `npm -s start` prints is the program's alone.
import './setup.mjs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beginBuild, isBuilt } from './build/fresh.mjs'
import { root } from './workspace.mjs'

if (!isBuilt()) {
  const { build } = await import('./build/turbo.mjs')
  console.error('Building the shell ...')
  try {
    const markBuilt = beginBuild()
    await build('@ht/demo')
    markBuilt()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
}

process.setSourceMapsEnabled(true)
await import(pathToFileURL(join(root, 'apps', 'demo', 'dist', 'main.js')).href)
