import { errnoFrom } from '@ht/core'

/** The number that a call gives, 0 when it gives none, and −errno for what it throws. */
export function answer(call: () => unknown): number {
  try {
    const result = call()
    return typeof result === 'number' ? result : 0
  } catch (error) {
    return errnoFrom(error)
  }
}
