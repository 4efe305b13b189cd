/*
 * The numbers of the errors that system calls answer with, as on Linux x86-64. Core knows them by name;
 * plain constants keep a table of names off the paths where an answer is made. A test holds the two together.
 */

export const ENOENT = 2
export const ESRCH = 3
export const EIO = 5
export const E2BIG = 7
export const EBADF = 9
export const ECHILD = 10
export const EAGAIN = 11
export const EACCES = 13
export const ENOTDIR = 20
export const EISDIR = 21
export const EINVAL = 22
export const EMFILE = 24
export const ENOTTY = 25
export const ESPIPE = 29
export const EPERM = 1
export const EPIPE = 32
export const ENAMETOOLONG = 36
export const ENOSYS = 38
export const ENOTSOCK = 88
export const EMSGSIZE = 90
export const ENOTSUP = 95
export const EAFNOSUPPORT = 97
export const EALREADY = 114
export const EINPROGRESS = 115
