// npm start [-- argument ...]: builds what the shell needs, then becomes it.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beginBuild, isBuilt } from './build/fresh.mjs'
import { root } from './workspace.mjs'

if (!isBuilt()) {
  const { build } = await import('./build/turbo.mjs')
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
