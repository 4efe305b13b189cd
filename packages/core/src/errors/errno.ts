/**
 * The numbers and texts of the POSIX codes that open objects and tables answer with: the numbers of
 * Linux on x86-64, on every platform, so that a program sees the same value everywhere.
 */
const CODES = {
  EPERM: [1, 'operation not permitted'],
  ENOENT: [2, 'no such file or directory'],
  ESRCH: [3, 'no such process'],
  EINTR: [4, 'interrupted system call'],
  EIO: [5, 'i/o error'],
  ENXIO: [6, 'no such device or address'],
  E2BIG: [7, 'argument list too long'],
  ENOEXEC: [8, 'exec format error'],
  EBADF: [9, 'bad file descriptor'],
  ECHILD: [10, 'no child processes'],
  EAGAIN: [11, 'resource temporarily unavailable'],
  ENOMEM: [12, 'not enough memory'],
  EACCES: [13, 'permission denied'],
  EFAULT: [14, 'bad address'],
  EBUSY: [16, 'resource busy or locked'],
  EEXIST: [17, 'already exists'],
  EXDEV: [18, 'cross-device link not permitted'],
  ENODEV: [19, 'no such device'],
  ENOTDIR: [20, 'not a directory'],
  EISDIR: [21, 'illegal operation on a directory'],
  EINVAL: [22, 'invalid argument'],
  ENFILE: [23, 'too many open files in system'],
  EMFILE: [24, 'too many open handles'],
  ENOTTY: [25, 'inappropriate ioctl for device'],
  ETXTBSY: [26, 'text file is busy'],
  EFBIG: [27, 'file too large'],
  ENOSPC: [28, 'no space left on device'],
  ESPIPE: [29, 'invalid seek'],
  EROFS: [30, 'read-only file system'],
  EMLINK: [31, 'too many links'],
  EPIPE: [32, 'broken pipe'],
  EDOM: [33, 'argument out of domain'],
  ERANGE: [34, 'result too large'],
  EDEADLK: [35, 'resource deadlock avoided'],
  ENAMETOOLONG: [36, 'name too long'],
  ENOLCK: [37, 'no locks available'],
  ENOSYS: [38, 'function not implemented'],
  ENOTEMPTY: [39, 'directory not empty'],
  ELOOP: [40, 'too many symbolic links encountered'],
  EPROTO: [71, 'protocol error'],
  EOVERFLOW: [75, 'value too large for defined data type'],
  ENOTSOCK: [88, 'not a socket'],
  EDESTADDRREQ: [89, 'destination address required'],
  EMSGSIZE: [90, 'message too long'],
  EPROTOTYPE: [91, 'protocol wrong type for socket'],
  ENOPROTOOPT: [92, 'protocol not available'],
  EPROTONOSUPPORT: [93, 'protocol not supported'],
  ESOCKTNOSUPPORT: [94, 'socket type not supported'],
  ENOTSUP: [95, 'operation not supported'],
  EAFNOSUPPORT: [97, 'address family not supported'],
  EADDRINUSE: [98, 'address already in use'],
  EADDRNOTAVAIL: [99, 'address not available'],
  ENETUNREACH: [101, 'network is unreachable'],
  ECONNABORTED: [103, 'connection aborted'],
  ECONNRESET: [104, 'connection reset by peer'],
  ENOBUFS: [105, 'no buffer space available'],
  EISCONN: [106, 'already connected'],
  ENOTCONN: [107, 'not connected'],
  ETIMEDOUT: [110, 'timed out'],
  ECONNREFUSED: [111, 'connection refused'],
  EHOSTUNREACH: [113, 'host is unreachable'],
  EALREADY: [114, 'connection already in progress'],
  EINPROGRESS: [115, 'operation in progress'],
  EDQUOT: [122, 'disk quota exceeded'],
  ECANCELED: [125, 'operation canceled'],
} as const

/** A POSIX error code, as a literal: `'EBADF'`, `'EMFILE'`, … */
export type ErrorCode = keyof typeof CODES

const names = new Map<number, ErrorCode>()
for (const name of Object.keys(CODES) as ErrorCode[]) names.set(CODES[name][0], name)

/** The positive number of a code: `errnoOf('EBADF')` is 9. Undefined for an unknown code. */
export function errnoOf(code: ErrorCode): number
export function errnoOf(code: string): number | undefined
export function errnoOf(code: string): number | undefined {
  return Object.hasOwn(CODES, code) ? CODES[code as ErrorCode][0] : undefined
}

/**
 * The code of an errno, positive or negative: `codeOf(-9)` is `'EBADF'`. Any other number gives `'EIO'`.
 */
export function codeOf(errno: number): ErrorCode {
  return names.get(Math.abs(errno)) ?? 'EIO'
}

/** The text of a code: `textOf('EBADF')` is `'bad file descriptor'`. */
export function textOf(code: ErrorCode): string {
  return CODES[code][1]
}
