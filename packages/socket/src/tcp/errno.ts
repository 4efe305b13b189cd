import { errnoOf } from '@ht/core'

export const EACCES = errnoOf('EACCES')
export const EAFNOSUPPORT = errnoOf('EAFNOSUPPORT')
export const EAGAIN = errnoOf('EAGAIN')
export const EALREADY = errnoOf('EALREADY')
export const EBADF = errnoOf('EBADF')
export const ECONNABORTED = errnoOf('ECONNABORTED')
export const ECONNRESET = errnoOf('ECONNRESET')
export const EHOSTUNREACH = errnoOf('EHOSTUNREACH')
export const EINPROGRESS = errnoOf('EINPROGRESS')
export const EINVAL = errnoOf('EINVAL')
const EIO = errnoOf('EIO')
export const EISCONN = errnoOf('EISCONN')
export const ENETUNREACH = errnoOf('ENETUNREACH')
export const ENOPROTOOPT = errnoOf('ENOPROTOOPT')
export const ENOTCONN = errnoOf('ENOTCONN')
export const ENOTTY = errnoOf('ENOTTY')
export const EPIPE = errnoOf('EPIPE')
export const EPROTONOSUPPORT = errnoOf('EPROTONOSUPPORT')
export const ESOCKTNOSUPPORT = errnoOf('ESOCKTNOSUPPORT')

/** The errno of what Node says went wrong; EIO for what has no number of Linux. */
export function errnoOfFailure(error: unknown): number {
  const code = (error as { readonly code?: unknown } | null)?.code
  return (typeof code === 'string' ? errnoOf(code) : undefined) ?? EIO
}
