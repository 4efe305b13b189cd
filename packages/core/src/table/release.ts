import { dropHolder, type OpenObject } from '../object/open-object.js'

/**
 * Releases what fell out of a table, each once. The lock must be given up: hooks run here.
 *
 * @throws what a hook threw, or an AggregateError of all that they threw, when all are released
 */
export function releaseAll(fallen: readonly OpenObject[]): void {
  const errors = releaseQuietly(fallen)
  if (errors.length > 1) throw new AggregateError(errors, `${String(errors.length)} hooks threw while handles were closed`)
  if (errors.length === 1) throw errors[0]
}

/**
 * {@link releaseAll} for operations that ignore errors of closing; `release` may be another end than that of
 * a holder. Returns what the hooks threw.
 */
export function releaseQuietly(fallen: readonly OpenObject[], release: (open: OpenObject) => void = dropHolder): unknown[] {
  const errors: unknown[] = []
  for (const open of fallen) {
    try {
      release(open)
    } catch (error) {
      errors.push(error)
    }
  }
  return errors
}
