import { codeOf, errnoOf, textOf, type ErrorCode } from './errno.js'

/** The details of an error besides its code. */
export interface HandleErrorDetails {
  /** The operation that failed: `'read'`, `'insert'`. */
  readonly syscall?: string | undefined
  /** The handle argument, as the caller passed it. */
  readonly handle?: unknown
  /** The number of the task that called. */
  readonly task?: number | undefined
  /** Replaces the code's own text in the message. */
  readonly text?: string | undefined
  /** The error that caused this one. */
  readonly cause?: unknown
}

const BRAND = Symbol.for('@ht/core/HandleError')

/**
 * The error that calls throw. Its message is for people:
 * `EBADF: bad file descriptor, read (handle 7, task 3)`.
 */
export class HandleError extends Error {
  /** The POSIX code: `'EBADF'`. */
  readonly code: ErrorCode
  /** Its number, positive, as on Linux x86-64: 9. */
  readonly errno: number
  /** The operation that failed, if it is known. */
  readonly syscall: string | undefined
  /** The handle argument, if there was one. */
  readonly handle: unknown
  /** The task that called, if there are tasks. */
  readonly task: number | undefined

  static {
    this.prototype.name = 'HandleError'
  }

  get [BRAND](): boolean {
    return true
  }

  constructor(code: ErrorCode, details: HandleErrorDetails = {}) {
    const { syscall, handle, task, text = textOf(code) } = details
    const where = [handle === undefined ? '' : `handle ${show(handle)}`, task === undefined ? '' : `task ${String(task)}`].filter(
      Boolean,
    )
    super(
      `${code}: ${text}${syscall ? `, ${syscall}` : ''}${where.length > 0 ? ` (${where.join(', ')})` : ''}`,
      'cause' in details ? { cause: details.cause } : undefined,
    )
    this.code = code
    this.errno = errnoOf(code)
    this.syscall = syscall
    this.handle = handle
    this.task = task
  }
}

/**
 * Whether a value is a {@link HandleError}, made by this copy of the package, by another copy, or in
 * another thread. A posted error arrives as a plain `Error` with only its message. The message contains code, call,
 * handle and task, and this function restores these fields.
 */
export function isHandleError(value: unknown): value is HandleError {
  if (!(value instanceof Error)) return false
  if (isBranded(value)) return true
  // Most others are known without the search, for which the end of the stack would leave no room.
  if ('code' in value || !value.message.startsWith('E') || !Object.isExtensible(value)) return false
  const said = /^(E[A-Z0-9]+): (?:.*?)(?:, (\w+))?(?: \((?:handle (\S+?))?(?:, )?(?:task (\d+))?\))?$/.exec(value.message)
  const code = said?.[1] ?? ''
  const errno = errnoOf(code)
  if (said === null || errno === undefined) return false
  Object.assign(value, {
    code,
    errno,
    syscall: said[2],
    handle: said[3] === undefined ? undefined : Number(said[3]),
    task: said[4] === undefined ? undefined : Number(said[4]),
  })
  Object.defineProperty(value, BRAND, { value: true })
  return true
}

/** Whether a value is a `HandleError` of this thread: {@link isHandleError} without its search in the message. */
export function isBranded(value: unknown): value is HandleError {
  return (value as { [BRAND]?: unknown } | null | undefined)?.[BRAND] === true
}

/**
 * The −errno of a thrown value: a `HandleError`'s own, that of a host error with a known `code` (Node's `ENOENT`), and
 * −EIO for anything else.
 */
export function errnoFrom(thrown: unknown): number {
  const code = (thrown as { code?: unknown } | null | undefined)?.code
  return -((typeof code === 'string' ? errnoOf(code) : undefined) ?? errnoOf('EIO'))
}

/** Makes the error of a −errno. */
export function errorFrom(errno: number, details?: HandleErrorDetails): HandleError {
  return new HandleError(codeOf(errno), details)
}

/** How a value is shown in a message: short, and never by running its code. */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
    case 'object':
      return value === null ? 'null' : 'an object'
    case 'function':
      return 'a function'
    case 'symbol':
      return 'a symbol'
    default:
      return Object.is(value, -0) ? '-0' : String(value)
  }
}
