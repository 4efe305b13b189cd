// npm start [-- argument ...]: builds what the demo needs, then gives it the terminal.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { build } from './build/turbo.mjs'
import { root } from './workspace.mjs'

try {
  await build('@ht/demo')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

const main = join(root, 'apps', 'demo', 'dist', 'main.js')
const demo = spawn(process.execPath, ['--enable-source-maps', main, ...process.argv.slice(2)], { stdio: 'inherit' })

// Ctrl-C reaches both; it is the demo's to answer, and its end is ours.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => demo.kill('SIGTERM'))
demo.on('error', (error) => {
  throw error
})
demo.on('close', (status, signal) => {
  process.exitCode = status ?? (signal === 'SIGINT' ? 130 : 1)
})
