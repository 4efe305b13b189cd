/*
 * The numbers of the errors that local sockets answer with, as on Linux x86-64. Core knows them by name; plain
 * constants keep a table of names off the paths where an answer is made. A test holds the two together.
 */

export const EPERM = 1
export const EBADF = 9
export const EAGAIN = 11
export const EINVAL = 22
export const ENOTTY = 25
export const EPIPE = 32
export const EMSGSIZE = 90
export const ENOPROTOOPT = 92
export const EPROTONOSUPPORT = 93
export const ESOCKTNOSUPPORT = 94
export const ENOTSUP = 95
export const EAFNOSUPPORT = 97
export const EADDRINUSE = 98
export const ECONNRESET = 104
export const EISCONN = 106
export const ENOTCONN = 107
export const ECONNREFUSED = 111
