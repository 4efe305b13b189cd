import { HandleError } from '../../errors/handle-error.js'

const busyErrors = new WeakSet()

/**
 * Whether an error says that a lock was not to be had, and that nothing has been done: it can be tried again. What a method throws
 * where its object is at home says so in the caller's thread too.
 */
export function isLockBusy(error: unknown): boolean {
  return typeof error === 'object' && error !== null && busyErrors.has(error)
}

/** An error of which {@link isLockBusy} says so. */
export function lockBusy(text: string): HandleError {
  const error = new HandleError('EAGAIN', { text })
  busyErrors.add(error)
  return error
}
