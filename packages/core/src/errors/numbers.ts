/*
 * The numbers that this package answers with itself, as constants, so that a program that uses a part of it
 * keeps no call of `errnoOf` for the rest. `errno.ts` has all of them.
 */
export const EIO = 5
export const EBADF = 9
export const EAGAIN = 11
export const ENOMEM = 12
export const EBUSY = 16
export const EINVAL = 22
export const EMFILE = 24
export const EALREADY = 114
export const EINPROGRESS = 115
