import { codeOf, errnoOf, type ErrorCode } from '../errors/errno.js'
import { isHandleError, show } from '../errors/handle-error.js'

/** What a rule throws that does not hold. */
export class ConformanceError extends Error {
  static {
    this.prototype.name = 'ConformanceError'
  }
}

export function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new ConformanceError(message)
}

export function equal(actual: unknown, expected: unknown, what: string): void {
  if (!Object.is(actual, expected)) throw new ConformanceError(`${what}: got ${show(actual)}, expected ${show(expected)}`)
}

/** Two lists, or arrays of bytes, with equal elements. */
export function equalList(actual: ArrayLike<unknown>, expected: ArrayLike<unknown>, what: string): void {
  const same = actual.length === expected.length && Array.from(actual).every((it, i) => Object.is(it, expected[i]))
  if (!same) throw new ConformanceError(`${what}: got [${listed(actual)}], expected [${listed(expected)}]`)
}

/** What a method answered: a number, or one of these codes as −errno. */
export function answers(actual: unknown, expected: number | ErrorCode | readonly ErrorCode[], what: string): void {
  const wanted = typeof expected === 'number' ? [expected] : [expected].flat().map((code) => -errnoOf(code))
  if (wanted.some((it) => Object.is(it, actual))) return
  throw new ConformanceError(`${what} answered ${answer(actual)}, expected ${wanted.map(answer).join(' or ')}`)
}

/** An answer that is no failure: what was counted. */
export function succeeds(actual: number, what: string): number {
  check(Number.isInteger(actual) && actual >= 0, `${what} answered ${answer(actual)}, expected success`)
  return actual
}

/** An integer from 0 up, or the negative number of a code that there is. */
export function isAnswer(actual: unknown): boolean {
  if (!Number.isSafeInteger(actual) || Object.is(actual, -0)) return false
  return (actual as number) >= 0 || errnoOf(codeOf(actual as number)) === -(actual as number)
}

/** How an answer is shown: `−EAGAIN` for −11. */
export function answer(value: unknown): string {
  return typeof value === 'number' && value < 0 && isAnswer(value) ? `−${codeOf(value)}` : show(value)
}

/** Calls `f`, which must throw a `HandleError` of this code. */
export function throws(f: () => unknown, code: ErrorCode, what: string): void {
  const thrown = caught(f, what)
  check(isHandleError(thrown), `${what} threw ${String(thrown)}, expected a HandleError with ${code}`)
  equal(thrown.code, code, `the code that ${what} threw`)
}

/** Calls `f`, which must throw: what it threw. */
export function caught(f: () => unknown, what: string): unknown {
  try {
    f()
  } catch (error) {
    return error
  }
  throw new ConformanceError(`${what} did not throw`)
}

/** Calls `f`, which may not throw, and gives what it returned. */
export function calm<T>(f: () => T, what: string): T {
  try {
    return f()
  } catch (error) {
    throw new ConformanceError(`${what} threw ${String(error)}, and must not throw`, { cause: error })
  }
}

function listed(list: ArrayLike<unknown>): string {
  const shown = Array.from({ length: Math.min(list.length, 12) }, (_, i) => show(list[i]))
  return list.length > shown.length ? `${shown.join(', ')}, … (${String(list.length)})` : shown.join(', ')
}
