import { checkInteger, checkSignal, invalid } from '../errors/check.js'
import { EAGAIN } from '../errors/numbers.js'
import { HandleError } from '../errors/handle-error.js'
import { beginOperation, endOperation, type OpenObject } from '../object/open-object.js'
import { NONBLOCK } from '../object/access.js'
import { openObjectOf } from '../object/reference.js'
import { onAbort } from './abort.js'
import { ERR, HUP, IN, OUT } from './readiness.js'
import type { BorrowedObject } from '../object/kernel-object.js'

/** Options of every call that waits. */
export interface WaitOptions {
  /** Ends the wait: the promise rejects with its `reason`. */
  readonly signal?: AbortSignal | undefined
  /** Ends the wait after this many milliseconds, 0 or more: the promise rejects with ETIMEDOUT. */
  readonly timeoutMs?: number | undefined
}

/** The longest delay of a timer; a longer wait is one without end. */
const LONGEST_MS = 0x7fffffff

/** The readiness bits of an object now. An object of a kind without `ready` is always ready. */
export function readiness(open: OpenObject): number {
  return open.kind.ready?.now(open) ?? IN | OUT
}

/**
 * Waits until an object is ready for one of `events` (IN, OUT, …, or-ed), or has failed or lost its other side.
 * Returns all its readiness bits. The object is held meanwhile. An object of a kind without `ready` is always ready.
 *
 * @throws `signal.reason`; ETIMEDOUT; EINVAL for options of the wrong shape, or invalid events
 */
export async function whenReady(object: BorrowedObject, events: number, options: WaitOptions = {}): Promise<number> {
  const open = openObjectOf(object)
  checkInteger(events, 'events', 1, 0xffff, 'whenReady')
  let bits = 0
  await untilAnswered(
    open,
    () => {
      bits = readiness(open)
      return (bits & (events | ERR | HUP)) === 0 ? -EAGAIN : 0
    },
    options,
    'whenReady',
    true,
  )
  return bits
}

/**
 * The one way in which every promise of this package waits: tries at once, and again after each change
 * of the object's readiness, until the answer is not −EAGAIN. Without readiness, it tries again after a while where another thread
 * was busy: with the lock of an object in shared memory, or as the home of one that has not answered. The object is held meanwhile, so closing
 * its handle does not end the wait.
 *
 * @param always waits even if the object is non-blocking; otherwise −EAGAIN is then the answer
 * @throws `signal.reason`; ETIMEDOUT; EINVAL for options of the wrong shape; the error of `attempt`
 */
export async function untilAnswered(
  open: OpenObject,
  attempt: () => number,
  options: WaitOptions,
  syscall: string,
  always = false,
): Promise<number> {
  const deadline = deadlineOf(options, syscall)
  beginOperation(open)
  try {
    for (let isFirst = true; ; isFirst = false) {
      options.signal?.throwIfAborted()
      const answer = attempt()
      if (answer !== -EAGAIN || !canChange(open)) return answer
      if (!always && (open.status & NONBLOCK) !== 0) return answer
      // Changes that bring no answer may come faster than the timer of each wait for the next one.
      if (!isFirst && performance.now() >= deadline) throw new HandleError('ETIMEDOUT', { syscall })
      await nextChange(open, deadline, options.signal, syscall)
    }
  } finally {
    endOperation(open)
  }
}

/** When a wait is to end, by `performance.now()`. @throws EINVAL for options of the wrong shape */
export function deadlineOf(options: WaitOptions, syscall: string): number {
  if (typeof options !== 'object' || (options as unknown) === null) throw invalid('options', 'an object', options, syscall)
  const { signal, timeoutMs } = options
  if (signal !== undefined) checkSignal(signal, 'options.signal', syscall)
  if (timeoutMs === undefined) return Infinity
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0)) {
    throw invalid('options.timeoutMs', 'a number from 0 up', timeoutMs, syscall)
  }
  return performance.now() + timeoutMs
}

/** Whether −EAGAIN may be another answer later. An object that is always ready gives it while another thread is busy with it. */
function canChange(open: OpenObject): boolean {
  return open.kind.ready !== undefined || open.mayBeBusy
}

/** After how many ms an attempt is made again where nothing tells of a change. */
const AGAIN_MS = 10

function afterAWhile(call: () => void): () => void {
  const timer = setTimeout(call, AGAIN_MS)
  return () => {
    clearTimeout(timer)
  }
}

/** Settles at the next change of an object, at the deadline, or when the signal aborts. */
function nextChange(open: OpenObject, deadline: number, signal: AbortSignal | undefined, syscall: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const changed = () => {
      end()
      resolve()
    }
    const { ready } = open.kind
    const leave = ready === undefined ? afterAWhile(changed) : ready.changes(open).add(changed)
    const rest = deadline - performance.now()
    const timer =
      rest > LONGEST_MS
        ? undefined
        : setTimeout(() => {
            end()
            reject(new HandleError('ETIMEDOUT', { syscall }))
          }, rest)
    const aborted = () => {
      end()
      reject(signal?.reason as Error)
    }
    const forget = signal && onAbort(signal, aborted)
    const end = () => {
      leave()
      clearTimeout(timer)
      forget?.()
    }
    // The attempt that found nothing may have aborted it, and an abort is told only once.
    if (signal?.aborted === true) aborted()
  })
}
