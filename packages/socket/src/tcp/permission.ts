import { formatAddress, mappedAddress, type Target } from './address.js'

/**
 * Says whether a call may go to an address, or be made at it: `true`, and nothing else, permits it. What it throws
 * refuses.
 */
export type Allow = (call: 'connect' | 'listen', address: string) => boolean

/** Asks, and takes everything but a plain yes for a no. An IPv4 address is shown as one, however it was written. */
export function permits(allow: Allow | undefined, call: 'connect' | 'listen', target: Target): boolean {
  if (allow === undefined) return true
  const shown = target.family === 6 ? (mappedAddress(target) ?? target) : target
  try {
    return (allow(call, formatAddress(shown)) as unknown) === true
  } catch {
    return false
  }
}
