import { O_ACCMODE, O_APPEND, O_CREAT, O_EXCL, O_NONBLOCK, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY, O_NOFOLLOW } from '@ht/core'
import type { FsConstants } from './fs.js'

const FLAGS = { O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NONBLOCK, O_NOFOLLOW, O_SYNC }

/** Open flags in a file system's own numbers. Those that it does not know are left out. */
export function nativeFlags(flags: number, constants: FsConstants | undefined): number {
  if (constants === undefined) return flags
  const access = flags & O_ACCMODE
  let native = (access === O_WRONLY ? constants.O_WRONLY : access === O_RDWR ? constants.O_RDWR : constants.O_RDONLY) ?? access
  for (const [name, bits] of Object.entries(FLAGS)) {
    if ((flags & bits) === bits) native |= constants[name as keyof typeof FLAGS] ?? 0
  }
  return native
}
