import { defineKind, FileOps, implement, READABLE, StreamOps, WRITABLE, type Kind, type OpenObject } from '@ht/core'
import { EBADF, EINVAL } from '../errno.js'
import { inodeMethods, releaseInode, type OpenInode } from './open-inode.js'
import { version } from '../version.js'

/** Open null devices of memory trees: always at their end, and whatever is written to them is gone (null(4)). */
export const memoryNullKind: Kind<OpenInode, 'ht:memory-null'> = defineKind<OpenInode, 'ht:memory-null'>({
  name: 'ht:memory-null',
  package: '@ht/file',
  version,
  type: 1,
  capabilities: [
    implement(StreamOps, { read, write }),
    implement(FileOps, {
      ...inodeMethods,
      sync: () => -EINVAL,
      pread: (open: Open, _, position) => (position >= 0 ? read(open) : -EINVAL),
      pwrite: (open, bytes, position) => (position >= 0 ? write(open, bytes) : -EINVAL),
      seek: () => 0,
    }),
  ],
  release: releaseInode,
  describe: ({ state: { name } }) => name,
})

function read({ access }: Open): number {
  return (access & READABLE) === 0 ? -EBADF : 0
}

function write({ access }: Open, bytes: Uint8Array): number {
  return (access & WRITABLE) === 0 ? -EBADF : bytes.length
}

type Open = OpenObject<OpenInode>
