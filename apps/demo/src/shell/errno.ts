import { errnoOf } from '@ht/core'

export const EBADF = errnoOf('EBADF')
export const EISDIR = errnoOf('EISDIR')
