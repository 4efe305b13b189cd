import { HandleError, show } from '../errors/handle-error.js'

/**
 * Kinds and objects are known by a brand that carries core's major version, not by their class: two
 * copies of one major version in a program work with each other's objects, and what another major
 * version made is refused by name.
 */
export const MAJOR = 1

/** The property that holds the major version of the core that made a value. */
export const BRAND = Symbol.for('@ht/core')

/** The brand of a value, or undefined. */
export function brandOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (value as { [BRAND]?: unknown })[BRAND] : undefined
}

/** Whether a value is a reference or a borrow that was made by a core that this one can work with. */
export function isView(value: unknown): boolean {
  return brandOf(value) === MAJOR && 'open' in (value as object) && 'kindName' in (value as object)
}

/** The error for a value that bears another brand than wanted, or none. */
export function foreign(argument: string, wanted: string, got: unknown, syscall?: string): HandleError {
  const brand = brandOf(got) as number | undefined
  const text =
    brand === undefined || brand === MAJOR
      ? `${argument} must be ${wanted}, got ${show(got)}`
      : `${argument} was made by @ht/core ${String(brand)}, and this is @ht/core ${String(MAJOR)}`
  return new HandleError('EINVAL', { text, syscall })
}
