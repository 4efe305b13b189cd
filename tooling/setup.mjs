// Installs what pnpm-lock.yaml names, unless that is done: what lets `npm start` and `npm test` be the
// first command after a clone.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { withLock } from './lock.mjs'

const root = new URL('..', import.meta.url)
const stamp = new URL('node_modules/.installed', root)

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node 20.19 or newer is needed; this is ${process.version}.`)
  process.exit(1)
}

// The lockfile's contents, not its time: a checkout changes times in both directions.
const wanted = createHash('sha256').update(read('pnpm-lock.yaml')).digest('hex')
const isInstalled = () => read('node_modules/.installed') === wanted

// Another process that held the lock may have installed the same.
if (!isInstalled() && !(await withLock(() => isInstalled() || install()))) process.exit(1)

/** Says so, and whether it has worked. */
function install() {
  const { packageManager } = JSON.parse(read('package.json'))
  // To standard error: what `npm -s start` prints is the program's alone.
  console.error('Installing the development tools, once (about 20 s) ...')
  const command = `npx --yes ${packageManager} --dir "${fileURLToPath(root)}" install --frozen-lockfile`
  const { status, error, stdout, stderr } = spawnSync(command, {
    shell: true,
    encoding: 'utf8',
    // Away from here, npx does not take the pnpm in node_modules, which pnpm sometimes has to remove.
    cwd: tmpdir(),
    env: {
      ...process.env,
      npm_config_local_prefix: tmpdir(),
      // Without a terminal pnpm asks questions that nobody answers, unless it believes to be in CI.
      CI: 'true',
    },
  })
  if (status === 0) writeFileSync(stamp, wanted)
  else console.error(error?.message ?? stdout + stderr)
  return status === 0
}

/**
 * A file's text; none when there is no such file.
 * @param {string} path
 */
function read(path) {
  try {
    return readFileSync(new URL(path, root), 'utf8')
  } catch {
    return ''
  }
}
