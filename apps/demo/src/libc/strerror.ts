import { codeOf, errnoFrom, HandleError, type ErrorCode } from '@ht/core'

/**
 * What Linux's C library says of an error, as the system's tools do in their messages: of a HandleError, of any other
 * that bears a POSIX code, or of an errno (strerror(3)).
 */
export function strerror(error: unknown): string {
  const code = codeOf(typeof error === 'number' ? error : errnoFrom(error))
  const own = new HandleError(code).message.slice(code.length + 2)
  return TEXTS[code] ?? own[0]!.toUpperCase() + own.slice(1)
}

/** Texts that are not those of HandleError. */
const TEXTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  EIO: 'Input/output error',
  ENOMEM: 'Cannot allocate memory',
  EBUSY: 'Device or resource busy',
  EEXIST: 'File exists',
  EXDEV: 'Invalid cross-device link',
  EISDIR: 'Is a directory',
  EMFILE: 'Too many open files',
  ETXTBSY: 'Text file busy',
  ESPIPE: 'Illegal seek',
  ENAMETOOLONG: 'File name too long',
  ELOOP: 'Too many levels of symbolic links',
  ENOTSOCK: 'Socket operation on non-socket',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  ETIMEDOUT: 'Connection timed out',
  EHOSTUNREACH: 'No route to host',
}
