import { checkFunction } from '../errors/check.js'
import { HandleError } from '../errors/handle-error.js'
import { endBorrow, ignoringErrors, type OpenObject } from '../object/open-object.js'
import type { BorrowedObject } from '../object/kernel-object.js'

/** Calls `f` with a borrowed object, and ends the borrow. What `f` throws is thrown, whatever hooks throw after it. */
export function lend<R>(open: OpenObject, f: (object: BorrowedObject) => R, syscall: string): R {
  let result: R
  // The borrow is ended in two places, and no finally: it costs a third of the whole call.
  try {
    result = f(open.lent)
  } catch (error) {
    endLoan(open, f, syscall)
    throw error
  }
  endBorrow(open)
  if (typeof result === 'object') refusePromise(result, syscall)
  return result
}

/** Ends a loan whose `f` threw. What was no function could not have been called, and gets a better error for it. */
export function endLoan(open: OpenObject, f: unknown, syscall: string): void {
  ignoringErrors(endBorrow, open)
  checkFunction(f, 'f', syscall)
}

/** @throws EINVAL when a callback returned a promise: what it was lent is gone when the promise settles */
export function refusePromise(result: unknown, syscall: string): void {
  if (typeof (result as PromiseLike<unknown> | null | undefined)?.then !== 'function') return
  // The refusal is the one error to report; a promise that rejects as well would only hide it.
  Promise.resolve(result).catch(() => undefined)
  throw new HandleError('EINVAL', { text: 'f returned a promise, and a borrow ends when f returns', syscall })
}
