import { HandleError, isHandleError } from '@ht/core'

/** What a program threw, as far as a message to another thread tells it: texts of a bounded length. */
export interface ErrorReport {
  /** The error's class. */
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  /** A POSIX code, or one of Node's such as `ERR_MODULE_NOT_FOUND`, if it has one. */
  readonly code: string | undefined
}

/** How much of each text is kept. */
const MAX_NAME = 256
const MAX_MESSAGE = 4096
const MAX_STACK = 8192

/**
 * What is to be told of a thrown value, whatever it is: a getter may throw, a text may fill the memory, an object may
 * be circular. Undefined if nothing was thrown.
 */
export function reportOf(error: unknown): ErrorReport | undefined {
  if (error === undefined) return undefined
  if (isPrimitive(error))
    return { name: 'Error', message: String(error).slice(0, MAX_MESSAGE), stack: undefined, code: undefined }
  const message = read(error, 'message', MAX_MESSAGE)
  if (message === undefined)
    return { name: 'Error', message: 'an object was thrown that is not an error', stack: undefined, code: undefined }
  const name = read(error, 'name', MAX_NAME) ?? 'Error'
  return { name, message, stack: read(error, 'stack', MAX_STACK), code: read(error, 'code', MAX_NAME) }
}

/** The error that a report tells of: of the same class if that is one of the language's, and else of the same name. */
export function errorFromReport(report: ErrorReport | undefined): Error | undefined {
  if (report === undefined) return undefined
  const { name, message, stack, code } = report
  const error = new (CLASSES.get(name) ?? Error)(message)
  define(error, 'name', name)
  define(error, 'stack', stack ?? `${name}: ${message}`)
  // A HandleError's code, call, handle and task are in its message.
  if (code !== undefined && !isHandleError(error)) Object.assign(error, { code })
  return error
}

/** Why a program cannot be executed: what loading it threw, here or in a worker (execve(2)). */
export function loadError(error: unknown): HandleError {
  if (isHandleError(error)) return error
  const { message = '', code = '' } = reportOf(error) ?? {}
  const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'ENOENT'
  const text = `the program cannot be loaded: ${message.replace(/^(ENOENT|EINVAL): /, '')}`
  return new HandleError(isMissing ? 'ENOENT' : 'ENOEXEC', { text, cause: errorFromReport(reportOf(error)) })
}

/** One line for a person: what went wrong. */
export function errorText(error: unknown): string | undefined {
  return reportOf(error)?.message
}

const CLASSES = new Map<string, new (message: string) => Error>(
  [TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError].map((it) => [it.name, it]),
)

function isPrimitive(value: unknown): value is string | number | bigint | boolean | symbol | null {
  return (typeof value !== 'object' && typeof value !== 'function') || value === null
}

/** A property that is a text. */
function read(error: unknown, property: string, length: number): string | undefined {
  try {
    const value = (error as Record<string, unknown>)[property]
    return typeof value === 'string' ? value.slice(0, length) : undefined
  } catch {
    return undefined
  }
}

/** As in errors that are thrown, these are not listed among the properties. */
function define(error: Error, property: string, value: string): void {
  Object.defineProperty(error, property, { value, configurable: true, writable: true, enumerable: false })
}
