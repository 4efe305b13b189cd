/*
 * The numbers of the errors that files answer with, as on Linux x86-64. Core knows them by name; plain
 * constants keep a table of names off the paths where an answer is made. A test holds the two together.
 */

export const EPERM = 1
export const ENOENT = 2
export const ENXIO = 6
export const EBADF = 9
export const EBUSY = 16
export const EEXIST = 17
export const EXDEV = 18
export const ENOTDIR = 20
export const EISDIR = 21
export const EINVAL = 22
export const ENOTTY = 25
export const EFBIG = 27
export const ENOSPC = 28
export const EROFS = 30
export const ENAMETOOLONG = 36
export const ENOTEMPTY = 39
export const ELOOP = 40
export const ENOTSUP = 95
