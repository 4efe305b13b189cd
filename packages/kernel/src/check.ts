import { checkSignal, HandleError, type WaitOptions } from '@ht/core'

/** EINVAL that names an argument and says what it should have been. */
export function invalid(argument: string, wanted: string, got: unknown): HandleError {
  return new HandleError('EINVAL', { text: `${argument} must be ${wanted}, got ${show(got)}` })
}

/** @throws EINVAL naming the argument unless `value` is an integer from `low` to `high` */
export function checkInteger(value: unknown, argument: string, low = -Infinity, high = Infinity): void {
  if (!Number.isSafeInteger(value) || (value as number) < low || (value as number) > high) {
    throw invalid(argument, `an integer from ${low} to ${high}`, value)
  }
}

/** The names of all options of a sort. The compiler keeps a list of them whole. */
export type OptionNames<T> = { readonly [K in keyof Required<T>]: true }

/** @throws EINVAL unless `options` is an object without other fields than those named; it names the first other one */
export function checkOptions<T extends object>(options: T, known: OptionNames<T>, argument = 'options'): void {
  checkObject(options, argument)
  for (const name in options) {
    if (Object.hasOwn(known, name)) continue
    const text = `${argument}.${name} is no option here, only ${Object.keys(known).join(', ')}`
    throw new HandleError('EINVAL', { text })
  }
}

const WAIT_OPTIONS: OptionNames<WaitOptions> = { signal: true, timeoutMs: true }

/** @throws EINVAL unless `options` is an object with nothing but a `signal` and `timeoutMs` that are what their names say */
export function checkWaitOptions(options: WaitOptions): void {
  checkOptions(options, WAIT_OPTIONS)
  checkWait(options)
}

/** @throws EINVAL unless the `signal` and `timeoutMs` of options, if there, are what their names say */
export function checkWait(options: WaitOptions): void {
  const { signal, timeoutMs } = options
  if (signal !== undefined) checkSignal(signal, 'options.signal')
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 0)) {
    throw invalid('options.timeoutMs', 'a number from 0 up', timeoutMs)
  }
}

/** @throws EINVAL naming the argument unless `value` is flags: an integer of 32 bits, none but the known ones */
export function checkFlags(value: unknown, argument: string, known = -1): void {
  if (!Number.isInteger(value) || ((value as number) & known) !== value) throw invalid(argument, 'known flags', value)
}

/** @throws EINVAL naming the argument unless `value` is a text without NUL */
export function checkText(value: unknown, argument: string): void {
  if (typeof value !== 'string') throw invalid(argument, 'a text', value)
  if (value.includes('\0')) throw new HandleError('EINVAL', { text: `${argument} holds a NUL` })
}

/** @throws EINVAL naming the argument unless `value` is a function */
export function checkFunction(value: unknown, argument: string): void {
  if (typeof value !== 'function') throw invalid(argument, 'a function', value)
}

/** @throws EINVAL naming the argument unless `value` is true or false */
export function checkBoolean(value: unknown, argument: string): void {
  if (typeof value !== 'boolean') throw invalid(argument, 'true or false', value)
}

/** @throws EINVAL naming the argument unless `value` is a list */
export function checkList(value: unknown, argument: string, of: string): void {
  if (!Array.isArray(value)) throw invalid(argument, `a list of ${of}`, value)
}

/** @throws EINVAL naming the argument unless `value` is an object whose fields count: no list, Map or other iterable */
export function checkObject(value: unknown, argument: string): void {
  if (typeof value !== 'object' || value === null || Symbol.iterator in value)
    throw invalid(argument, 'an object with named fields', value)
}

/** How a value is shown in a message: short, and never by running its code. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (Array.isArray(value)) return 'a list'
  return value !== null && ['object', 'function', 'symbol'].includes(typeof value) ? typeof value : String(value)
}
