// Starts other programs, with the workspace's own tools first on the path.
import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { root } from './workspace.mjs'

/**
 * Runs a program to its end and gives what it printed on standard output.
 * When it fails, all that it printed is in the error.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string> }} [options]
 * @returns {Promise<string>}
 */
export function run(command, args, { cwd = root, env = {} } = {}) {
  const path = join(root, 'node_modules', '.bin') + delimiter + (process.env['PATH'] ?? '')
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, PATH: path, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let everything = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
    everything += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    everything += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) => {
      if (status === 0) resolve(stdout)
      else reject(new Error(`${[command, ...args].join(' ')} (${String(signal ?? status)})\n${everything}`))
    })
  })
}

/**
 * The end of a script: prints what `main` returns, or what went wrong, and sets the status.
 * @param {() => Promise<string> | string} main
 */
export async function report(main) {
  // What is to be done at the end is done then too.
  for (const [signal, status] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) process.once(signal, () => process.exit(status))
  try {
    console.log(await main())
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
