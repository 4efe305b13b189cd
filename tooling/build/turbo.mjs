// Builds through turbo, which skips what did not change.
import { withLock } from '../lock.mjs'
import { run } from '../run.mjs'

/**
 * Builds packages and what they depend on. Says nothing when it works: turbo's own lines would mix
 * with those of the program that was asked for. Two at once would write the same files.
 *
 * @param {...string} names packages to build; all of them when none is named
 */
export async function build(...names) {
  const filters = names.map((name) => `--filter=${name}`)
  const args = ['run', 'build', '--output-logs=errors-only', '--no-color', ...filters]
  const env = { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' }
  await withLock(() => run('turbo', args, { env }))
}
