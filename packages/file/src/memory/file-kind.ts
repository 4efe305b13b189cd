import {
  APPEND,
  ControlOps,
  defineKind,
  FileOps,
  implement,
  READABLE,
  StreamOps,
  WRITABLE,
  type Kind,
  type OpenObject,
} from '@ht/core'
import { EBADF, EFBIG, EINVAL } from '../errno.js'
import { controlFile, seekInFile } from '../offset.js'
import { inodeMethods, releaseInode, type OpenInode } from './open-inode.js'
import { version } from '../version.js'
import type { Regular } from './inode.js'

/** An open regular file of a memory tree. */
export interface OpenRegular extends OpenInode {
  readonly inode: Regular
}

/** Open files of memory trees. */
export const memoryFileKind: Kind<OpenRegular, 'ht:memory-file'> = defineKind<OpenRegular, 'ht:memory-file'>({
  name: 'ht:memory-file',
  package: '@ht/file',
  version,
  type: 1,
  capabilities: [
    implement(StreamOps, {
      read(open: Open, buffer) {
        const read = readAt(open, buffer, open.state.offset)
        if (read > 0) open.state.offset += read
        return read
      },
      write(open, bytes) {
        const { state } = open
        const position = (open.status & APPEND) === 0 ? state.offset : state.inode.content.size
        const written = writeAt(open, bytes, position)
        if (written > 0) state.offset = position + written
        return written
      },
    }),
    implement(FileOps, {
      ...inodeMethods,
      pread: (open: Open, buffer, position) => (position >= 0 ? readAt(open, buffer, position) : -EINVAL),
      pwrite(open, bytes, position) {
        if (!(position >= 0)) return -EINVAL
        return writeAt(open, bytes, (open.status & APPEND) === 0 ? position : open.state.inode.content.size)
      },
      seek({ state }, offset, origin) {
        const { content } = state.inode
        const next = (position: number, isHole: boolean) => content.next(position, isHole)
        return seekInFile(state, offset, origin, state.volume.limits.maxFileBytes, () => content.size, next)
      },
      truncate: (open, length) => (length < 0 || (open.access & WRITABLE) === 0 ? -EINVAL : truncate(open.state, length)),
    }),
    implement(ControlOps, {
      control: ({ state }: Open, request, argument) =>
        controlFile(request, argument, () => state.inode.content.size - state.offset),
    }),
  ],
  release: releaseInode,
  describe: ({ state: { name, inode, offset } }) => `${name}, at ${offset} of ${inode.content.size}`,
})

/** Cuts or extends an open file, whatever it was opened for. */
export function truncate({ volume, inode }: OpenRegular, length: number): number {
  if (length > volume.limits.maxFileBytes) return -EFBIG
  inode.content.truncate(length, volume.space)
  volume.modified(inode)
  return 0
}

function readAt({ access, state: { volume, inode } }: Open, buffer: Uint8Array, position: number): number {
  if ((access & READABLE) === 0) return -EBADF
  const read = inode.content.read(buffer, position)
  if (buffer.length > 0 && read >= 0) volume.accessed(inode)
  return read
}

function writeAt({ access, state: { volume, inode } }: Open, bytes: Uint8Array, position: number): number {
  if ((access & WRITABLE) === 0) return -EBADF
  const room = volume.limits.maxFileBytes - position
  if (bytes.length === 0) return 0
  if (room <= 0) return -EFBIG
  const written = inode.content.write(bytes.length > room ? bytes.subarray(0, room) : bytes, position, volume.space)
  if (written > 0) volume.modified(inode)
  return written
}

type Open = OpenObject<OpenRegular>
