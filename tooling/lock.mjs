// One at a time, across processes: two terminals may type `npm start` at once.
// Needs Node alone, since the setup uses it before anything is installed.
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const LOCK = new URL('../.lock', import.meta.url)
const LONGEST_MS = 600_000

/**
 * Runs `body` while no other process of this clone runs one. A process that died, or that has held the
 * lock for 10 minutes, does not count.
 *
 * @template T
 * @param {() => T | Promise<T>} body
 * @returns {Promise<T>}
 */
export async function withLock(body) {
  while (!tryLock()) {
    if (isAbandoned()) rmSync(LOCK, { force: true })
    else await sleep(50)
  }
  try {
    return await body()
  } finally {
    rmSync(LOCK, { force: true })
  }
}

function tryLock() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

function isAbandoned() {
  try {
    const holder = Number(readFileSync(LOCK, 'utf8'))
    return Date.now() - statSync(LOCK).mtimeMs > LONGEST_MS || (holder > 0 && !isAlive(holder))
  } catch {
    // Given back in the meantime.
    return false
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code
}
