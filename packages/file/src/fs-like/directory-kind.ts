import {
  AT_SYMLINK_NOFOLLOW,
  defineKind,
  DirectoryOps,
  FileOps,
  implement,
  O_RDONLY,
  S_IFLNK,
  S_IFMT,
  StreamOps,
  writeStat,
  type Kind,
  type KernelObject,
  type OpenObject,
} from '@ht/core'
import { EBADF, EINVAL, EISDIR, EROFS, EXDEV } from '../errno.js'
import { Names } from '../names/names.js'
import { readDirectory, type Named } from '../names/read-dir.js'
import { peerDirectory } from '../path/peer.js'
import { seekInDirectory } from '../offset.js'
import { answer } from './answer.js'
import { pathIn, type Folder } from './folders.js'
import { addLink, addSymlink, makeDirectory, readLink, removeName, renameName, setMode, setTimes, withFound } from './names.js'
import { openPath } from './open.js'
import { secondsOf } from './seconds.js'
import { version } from '../version.js'
import type { FsVolume, OpenDirectory } from './volume.js'

/** Makes the kind of a tree's open directories. */
export function defineDirectoryKind<N extends string>(name: N): Kind<OpenDirectory, N> {
  const kind: Kind<OpenDirectory, N> = defineKind<OpenDirectory, N>({
    name,
    package: '@ht/file',
    version,
    type: 1,
    capabilities: [
      implement(DirectoryOps, {
        openAt: ({ state: { volume, folder } }: Open, path, flags, mode) => openPath(volume, folder, path, flags, mode),
        statAt: ({ state: { volume, folder } }, path, flags, out) =>
          withFound(volume, folder, path, flags, (_, stat) => writeStat(out, stat)),
        readDir: ({ state }, cookie, out) => answer(() => readDir(state, cookie, out)),
        mkdirAt: ({ state: { volume, folder } }, path, mode) => makeDirectory(volume, folder, path, mode),
        unlinkAt: ({ state: { volume, folder } }, path, flags) => removeName(volume, folder, path, flags),
        renameAt: ({ state: { volume, folder } }, path, newDirectory, newPath, flags) =>
          withPeer(volume, newDirectory, (peer) => renameName(volume, folder, path, peer, newPath, flags)),
        linkAt: ({ state: { volume, folder } }, path, newDirectory, newPath, flags) =>
          withPeer(volume, newDirectory, (peer) => addLink(volume, folder, path, peer, newPath, flags)),
        symlinkAt: ({ state: { volume, folder } }, target, path, flags) => addSymlink(volume, folder, target, path, flags),
        readlinkAt: ({ state: { volume, folder } }, path, flags = 0) =>
          withFound(volume, folder, path, flags | AT_SYMLINK_NOFOLLOW, (walk, { mode }) =>
            (mode & S_IFMT) === S_IFLNK ? readLink(volume, walk) : -EINVAL,
          ),
        pathOf: ({ state: { volume, folder } }) => volume.folders.pathOf(folder),
        setModeAt: ({ state: { volume, folder } }, path, mode, flags) => setMode(volume, folder, path, mode, flags),
        setTimesAt: ({ state: { volume, folder } }, path, accessed, modified, flags) =>
          setTimes(volume, folder, path, accessed, modified, flags),
      }),
      implement(FileOps, {
        pread: (_, __, position) => (position >= 0 ? -EISDIR : -EINVAL),
        pwrite: (_, __, position) => (position >= 0 ? -EBADF : -EINVAL),
        seek: ({ state }: Open, offset, origin) => seekInDirectory(state, offset, origin),
        sync: ({ state: { volume, folder } }) =>
          answer(() => {
            const path = volume.folders.self(folder)
            if (typeof path === 'number') return path
            const fd = volume.openFile(path, O_RDONLY, 0)
            try {
              volume.fs.fsyncSync(fd)
            } finally {
              volume.fs.closeSync(fd)
            }
            return 0
          }),
        stat: ({ state: { volume, folder } }, out) =>
          answer(() => {
            const path = volume.folders.self(folder)
            return typeof path === 'number' ? path : writeStat(out, volume.fs.lstatSync(path))
          }),
        setMode: ({ state: { volume, folder } }, mode) =>
          change(volume, folder, (path) => {
            volume.fs.chmodSync(path, mode & PERMISSIONS)
          }),
        setTimes: ({ state: { volume, folder } }, accessed, modified) =>
          change(volume, folder, (path) => {
            const { atimeMs, mtimeMs } = volume.fs.lstatSync(path)
            volume.fs.utimesSync(path, secondsOf(accessed, atimeMs), secondsOf(modified, mtimeMs))
          }),
      }),
      implement(StreamOps, { read: () => -EISDIR, write: () => -EBADF }),
    ],
    release({ state: { volume, folder } }) {
      volume.closeFolder(folder)
    },
    describe({ state: { volume, folder } }) {
      const path = volume.folders.pathOf(folder)
      return typeof path === 'string' ? path : 'removed'
    },
  })
  /** Calls `use` with the folder of the other directory of a rename or link, if it is of the same tree. */
  const withPeer = (volume: FsVolume, object: KernelObject, use: (peer: Folder) => number) => {
    const peer = peerDirectory(object, kind)
    return typeof peer === 'number' ? peer : peer.volume === volume ? use(peer.folder) : -EXDEV
  }
  return kind
}

const PERMISSIONS = 0o7777

/** Changes an open directory, which may have been removed: 0 or −errno. */
function change({ folders, readOnly }: FsVolume, folder: Folder, use: (path: string) => void): number {
  if (readOnly) return -EROFS
  return answer(() => {
    const path = folders.self(folder)
    if (typeof path === 'number') return path
    use(path)
    return 0
  })
}

/**
 * Reads a list of names that is made anew when reading begins at the start. Names that were in an older one
 * keep their cookies, so that several readers of one object do not disturb each other.
 */
function readDir(state: OpenDirectory, cookie: number, out: Uint8Array): number {
  const { volume, folder } = state
  const { fs, folders, processFiles } = volume
  const from = cookie < 0 ? state.offset : cookie
  const gone = folders.check(folder)
  if (gone < 0) return gone
  if (from === 0 || state.names === undefined) {
    state.names ??= new Names()
    update(state.names, fs.readdirSync(pathIn(folder, '.')).map(String))
  }
  const self = fs.lstatSync(pathIn(folder, '.')).ino
  const parent = folders.pathOf(folder) === '/' ? self : fs.lstatSync(pathIn(folder, '..')).ino
  const look = ({ name }: { name: string }): Named | undefined => {
    try {
      const stat = fs.lstatSync(pathIn(folder, name))
      return processFiles.hides(stat, folder, name) ? undefined : { ino: stat.ino, type: stat.mode & S_IFMT }
    } catch {
      // Gone since the names were read; or a name that is no UTF-8, which cannot be used either.
      return undefined
    }
  }
  return readDirectory(state, { names: state.names, self, parent, look }, cookie, out)
}

/** Makes names the given ones. Those that stay keep their cookies. */
function update(names: Names, given: readonly string[]): void {
  const wanted = new Set(given)
  for (const { name } of [...names.after(0)]) if (!wanted.has(name)) names.remove(name)
  for (const name of wanted) if (names.get(name) === undefined) names.add(name, 0)
}

type Open = OpenObject<OpenDirectory>
