/**
 * Finds handles and references that were never closed or released.
 *
 * @example
 * import { trackLeaks } from '@ht/core/debug'
 *
 * const tracker = trackLeaks()
 * // … the program …
 * for (const leak of tracker.leaks()) console.log(`${leak.text}\n${leak.stack}`)
 * tracker.stop()
 *
 * @packageDocumentation
 */

export { trackLeaks } from './track-leaks.js'
export type { Leak, LeakTracker, TrackOptions } from './track-leaks.js'
