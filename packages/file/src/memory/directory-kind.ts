import {
  AT_SYMLINK_NOFOLLOW,
  defineKind,
  DirectoryOps,
  FileOps,
  implement,
  StreamOps,
  writeStat,
  type Kind,
  type KernelObject,
  type OpenObject,
} from '@ht/core'
import { EBADF, EINVAL, EISDIR, ENOENT, ENOTSUP } from '../errno.js'
import { readDirectory } from '../names/read-dir.js'
import { peerDirectory } from '../path/peer.js'
import { seekInDirectory } from '../offset.js'
import { isLink, typeOf, type Directory, type Inode } from './inode.js'
import { addLink, addSymlink, find, makeDirectory, pathOf, removeName, renameName } from './names.js'
import { openPath } from './open.js'
import { inodeMethods, releaseInode, type OpenInode } from './open-inode.js'
import { version } from '../version.js'

/** An open directory of a memory tree. */
export interface OpenDirectory extends OpenInode {
  readonly inode: Directory
}

/** Open directories of memory trees. */
export const memoryDirectoryKind: Kind<OpenDirectory, 'ht:memory-directory'> = defineKind<OpenDirectory, 'ht:memory-directory'>({
  name: 'ht:memory-directory',
  package: '@ht/file',
  version,
  type: 1,
  capabilities: [
    implement(DirectoryOps, {
      openAt: ({ state }: Open, path, flags, mode) => openPath(state, path, flags, mode),
      statAt: ({ state }, path, flags, out) => withFound(state, path, flags, (inode) => writeStat(out, state.volume.stat(inode))),
      readDir,
      mkdirAt: ({ state }, path, mode) => makeDirectory(state, path, mode),
      unlinkAt: ({ state }, path, flags) => removeName(state, path, flags),
      renameAt: ({ state }, path, newDirectory, newPath, flags) =>
        withPeer(newDirectory, (peer) => renameName(state, path, peer, newPath, flags)),
      linkAt: ({ state }, path, newDirectory, newPath, flags) =>
        withPeer(newDirectory, (peer) => addLink(state, path, peer, newPath, flags)),
      symlinkAt: ({ state }, target, path, flags) => addSymlink(state, target, path, flags),
      readlinkAt: ({ state }, path, flags = 0) =>
        withFound(state, path, flags | AT_SYMLINK_NOFOLLOW, (inode) => (isLink(inode) ? state.volume.targetOf(inode) : -EINVAL)),
      pathOf: ({ state }) => pathOf(state),
      setModeAt: ({ state }, path, mode, flags) =>
        // A link has no permissions of its own (fchmodat(2)).
        withFound(state, path, flags, (inode) => (isLink(inode) ? -ENOTSUP : state.volume.setMode(inode, mode))),
      setTimesAt: ({ state }, path, accessed, modified, flags) =>
        withFound(state, path, flags, (inode) => state.volume.setTimes(inode, accessed, modified)),
    }),
    implement(FileOps, {
      ...inodeMethods,
      pread: (_, __, position) => (position >= 0 ? -EISDIR : -EINVAL),
      pwrite: (_, __, position) => (position >= 0 ? -EBADF : -EINVAL),
      seek: ({ state }: Open, offset, origin) => seekInDirectory(state, offset, origin),
    }),
    implement(StreamOps, { read: () => -EISDIR, write: () => -EBADF }),
  ],
  release: releaseInode,
  describe({ state }) {
    const path = pathOf(state)
    return typeof path === 'string' ? path : 'removed'
  },
})

function readDir({ state }: Open, cookie: number, out: Uint8Array): number {
  const { volume, inode } = state
  const { names, ino: self, parent, nlink } = inode
  if (nlink === 0) return -ENOENT
  const look = ({ ino }: { ino: number }) => ({ ino, type: typeOf(volume.inode(ino)) })
  const filled = readDirectory(state, { names, self, parent, look }, cookie, out)
  if (filled > 0) volume.accessed(inode)
  return filled
}

function withFound<R>(state: OpenDirectory, path: string, flags: number, use: (inode: Inode) => R): R | number {
  const found = find(state, path, flags)
  return typeof found === 'number' ? found : use(found)
}

function withPeer(object: KernelObject, use: (peer: OpenDirectory) => number): number {
  const peer = peerDirectory(object, memoryDirectoryKind)
  return typeof peer === 'number' ? peer : use(peer)
}

type Open = OpenObject<OpenDirectory>
