import { HandleError, show } from './handle-error.js'

/** EINVAL that names an argument and says what it should have been. */
export function invalid(argument: string, wanted: string, got: unknown, syscall?: string): HandleError {
  return new HandleError('EINVAL', { text: `${argument} must be ${wanted}, got ${show(got)}`, syscall })
}

/** @throws EINVAL naming the argument unless `value` is an integer from `low` to `high`. */
export function checkInteger(value: unknown, argument: string, low: number, high: number, syscall?: string): void {
  if (!Number.isInteger(value) || (value as number) < low || (value as number) > high) {
    throw invalid(argument, `an integer from ${String(low)} to ${String(high)}`, value, syscall)
  }
}

/** @throws EINVAL naming the argument unless `value` is a function. */
export function checkFunction(value: unknown, argument: string, syscall?: string): void {
  if (typeof value !== 'function') throw invalid(argument, 'a function', value, syscall)
}

/** @throws EINVAL naming the argument unless `value` is an AbortSignal, of whichever realm */
export function checkSignal(value: unknown, argument: string, syscall?: string): void {
  const { aborted, throwIfAborted, addEventListener, removeEventListener } = (value ?? {}) as Partial<AbortSignal>
  const methods = [throwIfAborted, addEventListener, removeEventListener]
  if (typeof aborted === 'boolean' && methods.every((it) => typeof it === 'function')) return
  throw invalid(argument, 'an AbortSignal', value, syscall)
}

/**
 * Returns `value` if it is a Uint8Array (such as Node's Buffer) whose memory is not detached. It may be in shared
 * memory.
 *
 * @throws EINVAL naming the argument if it is anything else; EFAULT if its memory was detached.
 */
export function checkBytes(value: unknown, argument: string, syscall?: string): Uint8Array {
  if (!isBytes(value)) throw invalid(argument, 'a Uint8Array', value, syscall)
  const bytes = value
  // A detached array has length 0, so the ones with bytes pay nothing for this.
  if (bytes.length === 0 && isDetached(bytes)) {
    throw new HandleError('EFAULT', { text: `bad address: the memory of ${argument} was detached`, syscall })
  }
  return bytes
}

/** Whether a value is a Uint8Array, of whichever realm, and does not only say so. */
function isBytes(value: unknown): value is Uint8Array {
  if (!ArrayBuffer.isView(value)) return false
  return value instanceof Uint8Array || Object.prototype.toString.call(value) === '[object Uint8Array]'
}

/** Whether a length-0 array lost its memory (it was transferred to another thread). */
function isDetached(bytes: Uint8Array): boolean {
  try {
    new Uint8Array(bytes.buffer)
    return false
  } catch {
    return true
  }
}
