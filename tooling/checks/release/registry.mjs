// A registry of packages on this machine, for as long as a check runs.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { root } from '../../workspace.mjs'

/** How long it may take to begin, on a busy machine. */
const PATIENCE_MS = 180_000

/**
 * Starts an empty registry that asks no other for what it has not.
 * @param {string} folder for what it keeps, and for the caches and settings of those who use it
 * @returns {Promise<{ url: string, env: Record<string, string>, stop(): Promise<void> }>} with the settings that
 *   programs find it by
 */
export async function startRegistry(folder) {
  mkdirSync(folder, { recursive: true })
  const config = join(folder, 'config.yaml')
  writeFileSync(config, CONFIG)
  const address = `127.0.0.1:${await freePort()}`
  const url = `http://${address}`
  const verdaccio = join(root, 'node_modules', 'verdaccio', 'bin', 'verdaccio')
  const server = spawn(process.execPath, [verdaccio, '--config', config, '--listen', url], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stopNow = () => void server.kill('SIGKILL')
  process.on('exit', stopNow)
  let said = ''
  for (const stream of [server.stdout, server.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text))
  const ended = once(server, 'exit')
  const stop = async () => {
    stopNow()
    await ended
    process.off('exit', stopNow)
  }
  for (const end = Date.now() + PATIENCE_MS; !(await answers(url));) {
    if (server.exitCode === null && Date.now() < end) continue
    await stop()
    throw new Error(`the registry has not started\n${said}`)
  }
  const settings = join(folder, 'npmrc')
  // Anybody may publish, but npm asks nobody without a token.
  writeFileSync(settings, `registry=${url}/\n//${address}/:_authToken=nobody\naudit=false\nfund=false\nupdate-notifier=false\n`)
  const env = {
    npm_config_registry: `${url}/`,
    npm_config_userconfig: settings,
    npm_config_cache: join(folder, 'npm-cache'),
    npm_config_cache_dir: join(folder, 'pnpm-cache'),
    npm_config_store_dir: join(folder, 'pnpm-store'),
    npm_config_state_dir: join(folder, 'pnpm-state'),
    CI: 'true',
  }
  return { url, env, stop }
}

const CONFIG = `
storage: ./storage
uplinks: {}
packages:
  '**':
    access: $all
    publish: $all
log: { type: stdout, format: json, level: error }
`

/** A port that is free now. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  server.close()
  await once(server, 'close')
  return port
}

/** @param {string} url */
async function answers(url) {
  try {
    return (await fetch(`${url}/-/ping`)).ok
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 100))
    return false
  }
}
