/**
 * What `npm start` runs: a pipeline of tasks on real files, drawn while it is at work; then, on Enter, what
 * else a table does. Without a terminal all of it is printed at once.
 */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { firstMinute } from './first-minute.js'
import { eachOnEnter } from './on-enter.js'
import { steps } from './steps/index.js'

// npm runs scripts in the root of the project; names that a person types are relative to where they are.
const typedIn = process.env.INIT_CWD ?? process.cwd()
const readme = fileURLToPath(new URL('../../../README.md', import.meta.url))
const files = process.argv.slice(2).map((name) => resolve(typedIn, name))

// Whoever reads this may have had enough: `npm start | head -3`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

const status = await firstMinute(files.length > 0 ? files : [readme], console.log)
if (status === 0) await eachOnEnter(steps.map((step) => () => step(console.log)))
process.exitCode = status
